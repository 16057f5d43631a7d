"""The way to the cloud, a folder for each thing that is done on it:

- ``init``: the files of the cloud's own tools, beside an app;
- ``packing``: the zip that a cloud takes;
- ``measuring``: how long a function takes to start, and each of its imports;
- ``report``: one page of HTML on a package;
- ``tracing``: what of a package is never used.

All of them use what stands here: ``clouds``, a table of what each cloud takes; ``requirements``, what an app depends on;
``modules``, what Python files say without being imported; ``paths``, files below a folder; ``units``, sizes and times for
a person. No function imports any of it.
"""
