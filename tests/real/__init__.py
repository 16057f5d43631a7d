"""The proof on the platforms' own software: `make real`; nothing here is part of `make test`.

One battery of requests (`battery`) is sent to one app in four forms (`apps`) through every runtime
that a package registry has (`drivers`). What a platform itself loses stands in `losses`.
"""
