"""`lambda-bridge package --report`: one page of HTML on a package, made of ``static/``.

``page`` writes it; ``weights`` adds up what each distribution weighs, ``drawing`` draws that, and the imports, as SVG,
and ``treemap`` lays the boxes.
"""
