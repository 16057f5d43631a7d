"""`lambda-bridge coldstart`: a function is started in fresh processes, as a cloud starts it, and each step is timed.

``starts`` takes the steps, in this order: ``unpacked`` is the zip as a cloud unpacks it, ``beside`` lays next to it what
the cloud's runtime has; ``coldstart`` starts it several times and takes medians; ``importtime`` tells which imports are
slow. Both run ``driver``, which stands in the function's place, in a process of ``fresh``.
"""
