"""`lambda-bridge package --trace`: what of a package neither the app's tests nor a list of requests have used.

``trace`` runs them on a copy of the package; ``touched``, in their processes, writes down each file that is opened;
``unused`` makes of what remains the folders and distributions that could be excluded.
"""
