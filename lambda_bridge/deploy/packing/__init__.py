"""`lambda-bridge package`: from an app's folder to the zip that a cloud takes.

``package`` takes the steps, in this order: ``sources`` says which files are the app's, ``entry`` what the cloud calls;
``wheels`` unpacks what the app requires, for the cloud's machine, and ``ours`` adds the modules of this package that are
needed; ``prune`` takes out what no function needs; ``tree`` lays all of it together; ``bytecode`` compiles; ``zips`` writes
the zip, and a layer's, by ``archive``.
"""
