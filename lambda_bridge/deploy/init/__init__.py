"""`lambda-bridge init`: the files that a tool of a cloud wants beside an app.

``tools`` says which tools there are, a row each; ``files`` makes their files of ``templates/`` and writes them;
``listed`` adds to the user's requirements.txt what they need.
"""
