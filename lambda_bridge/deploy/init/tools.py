"""The tools for which `init` writes files: one table, a row for each tool of a cloud; the first of a cloud is its default.

The files are templates, ``templates/CLOUD/TOOL/PATH.tmpl``, and further ones that a row names. Each says where its format
is described, and when that was read; those that can have no comments stand here: host.json
(learn.microsoft.com/en-us/azure/azure-functions/functions-host-json), function.json (functions-reference-python and
functions-bindings-http-webhook-trigger beside it), vercel.json (vercel.com/docs/project-configuration): read in 2026-11.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from lambda_bridge.errors import ConfigurationError


class Tool(NamedTuple):
    """A row; texts in ``then`` are templates like the files."""

    cloud: str
    name: str
    sentence: str
    """What its files are, for the help and docs/deploy.md."""
    then: tuple[str, ...]
    """What to type when the files are written."""
    shared: tuple[tuple[str, str], ...] = ()
    """(path, template below ``templates``) of its files that others have too."""
    entry: Optional[tuple[str, str]] = None
    """(file, attribute) that the cloud calls, where it is not as the cloud's row of `clouds.CLOUDS` has it."""
    platform: Optional[str] = None
    """As ``--platform`` of lambda_bridge.web, where a server is started and nothing is called; ``""`` where it finds
    out by itself."""
    needs: tuple[str, ...] = ()
    """Requirements beside lambda-bridge, and beside a server where one is started."""
    installs: bool = False
    """Whether the cloud, or an image's build, installs requirements.txt; else `lambda-bridge package` packs them."""
    pythons: tuple[int, ...] = ()
    """Minor versions, where they are not all of the cloud's."""

    @property
    def is_server(self) -> bool:
        """Whether it starts a web server, and calls no function."""
        return self.platform is not None


_FUNCTION = (("@@{file}", "shared/handler.py"),)
_SAM = ("@@{package}", "sam deploy --guided")
_STREAM = (*_FUNCTION, ("stream", "shared/stream"))
_CLOUDFORMATION = (
    "aws cloudformation package --template-file template.yaml --s3-bucket BUCKET --output-template-file dist/template.yaml",
    "aws cloudformation deploy --template-file dist/template.yaml --stack-name @@{name} --capabilities CAPABILITY_IAM",
)
_IMAGE = (("Dockerfile", "shared/Dockerfile"), (".dockerignore", "shared/dockerignore"))
_AZURE = (
    "@@{package}",
    "az functionapp deployment source config-zip -g GROUP -n @@{name} --src dist/app.zip",
)
_UNZIP = "unzip -qo dist/app.zip -d dist/app"
_TERRAFORM = ("@@{package}", "terraform init && terraform apply")

TOOLS: tuple[Tool, ...] = (
    Tool("aws", "sam", "SAM template: API Gateway HTTP API", _SAM, _FUNCTION),
    Tool("aws", "sam-rest", "SAM template: API Gateway REST API, with binary media types", _SAM, _FUNCTION),
    Tool("aws", "sam-url", "SAM template: function URL that streams, by our runtime", _SAM, _STREAM),
    Tool("aws", "sam-alb", "SAM template: Application Load Balancer", _SAM, _FUNCTION),
    Tool(
        "aws", "cloudformation", "CloudFormation template: API Gateway HTTP API",
        ("@@{package}", *_CLOUDFORMATION), _FUNCTION,
    ),
    Tool(
        "aws", "cloudformation-rest", "CloudFormation template: API Gateway REST API, with binary media types",
        ("@@{package}", *_CLOUDFORMATION), _FUNCTION,
    ),
    Tool(
        "aws", "cloudformation-url", "CloudFormation template: function URL that streams, by our runtime",
        ("@@{package}", *_CLOUDFORMATION), _STREAM,
    ),
    Tool(
        "aws", "cloudformation-alb", "CloudFormation template: Application Load Balancer",
        ("@@{package}", *_CLOUDFORMATION), _FUNCTION,
    ),
    Tool(
        "aws", "serverless", "serverless.yml for osls or Serverless Framework 3: HTTP API",
        ("@@{package}", "osls deploy"), _FUNCTION,
    ),
    Tool("aws", "terraform", "Terraform: HTTP API", _TERRAFORM, _FUNCTION),
    Tool(
        "aws", "image", "Dockerfile of a container image, and its SAM template",
        ("sam build && sam deploy --guided",), (*_FUNCTION, (".dockerignore", "shared/dockerignore")), installs=True,
    ),
    Tool(
        "tencent", "serverless", "serverless.yml of Tencent's component: event function with a function URL",
        ("@@{package}", _UNZIP, "scf deploy"), _FUNCTION,
    ),
    # The interpreters' paths: /var/lang/python39/bin/python3.9 and the like, from 3.9 on (document/product/583/56126).
    Tool(
        "tencent", "web", "serverless.yml of Tencent's component: web function with scf_bootstrap",
        ("@@{package}", _UNZIP, "scf deploy"), platform="tencent", pythons=(9, 10),
    ),
    Tool(
        "azure", "func", "function_app.py and host.json (programming model v2)",
        _AZURE, ((".funcignore", "shared/funcignore"),), needs=("azure-functions",),
    ),
    Tool(
        "azure", "v1", "host.json, web/function.json and web/__init__.py (programming model v1)",
        # `lambda-bridge package` packs for the model v2; Core Tools publish both.
        ("func azure functionapp publish @@{name}",), ((".funcignore", "shared/funcignore"),),
        entry=("web/__init__.py", "handler"), needs=("azure-functions",), installs=True,
    ),
    Tool(
        "azure", "image", "Dockerfile of a container image, on Azure's own",
        ("docker build -t REGISTRY/@@{name} . && docker push REGISTRY/@@{name}",),
        (
            (".dockerignore", "shared/dockerignore"),
            *((name, f"azure/func/{name}") for name in ("function_app.py", "host.json")),
        ),
        needs=("azure-functions",), installs=True,
    ),
    Tool(
        "gcp", "gcloud", "main.py, requirements.txt and deploy.sh: Cloud Run function",
        ("./deploy.sh",), (*_FUNCTION, (".gcloudignore", "shared/gcloudignore")), needs=("functions-framework>=3",), installs=True,
    ),
    Tool(
        "gcp", "cloudrun", "Dockerfile and deploy.sh: Cloud Run service",
        ("./deploy.sh",), (*_IMAGE, (".gcloudignore", "shared/gcloudignore")), platform="", installs=True,
    ),
    Tool("aliyun", "s", "s.yaml of Serverless Devs: event function with an HTTP trigger", ("@@{package}", "s deploy"), _FUNCTION),
    Tool(
        "aliyun", "s-web", "s.yaml of Serverless Devs: web server on a custom runtime",
        ("@@{package}", "s deploy"), platform="aliyun", pythons=(10, 12),
    ),
    Tool(
        "aliyun", "image", "Dockerfile of a web server, and its s.yaml",
        ("docker build -t IMAGE . && docker push IMAGE", "s deploy"), _IMAGE, platform="aliyun", installs=True,
    ),
    Tool("huawei", "terraform", "Terraform, or a template of Resource Formation Service: event function", _TERRAFORM, _FUNCTION),
    # The interpreters' paths: usermanual-functiongraph/functiongraph_01_1442.
    Tool(
        "huawei", "http", "Terraform, and bootstrap: HTTP function",
        _TERRAFORM, platform="huawei",
    ),
    Tool("openwhisk", "wskdeploy", "manifest.yaml of wskdeploy: web action, raw", ("@@{package}", "wskdeploy -m manifest.yaml"), _FUNCTION),
    Tool(
        "fn", "fn", "func.yaml of fn, for Oracle Functions too",
        ("fn deploy --app APPLICATION",), _FUNCTION, needs=("fdk",), installs=True,
    ),
    Tool(
        "knative", "func", "func.yaml and pyproject.toml of func",
        ("func deploy --registry REGISTRY/USER --builder host",), entry=("function/__init__.py", "new"), installs=True,
    ),
    Tool(
        "knative", "image", "Dockerfile of a web server, and a service of Knative Serving",
        ("docker build -t REGISTRY/USER/@@{name} . && docker push REGISTRY/USER/@@{name}", "kubectl apply -f service.yaml"),
        _IMAGE, platform="", installs=True,
    ),
    Tool("vercel", "vercel", "vercel.json and api/index.py", ("vercel deploy",), installs=True),
    Tool("yandex", "yc", "deploy.sh for yc, and the API gateway's OpenAPI file", ("@@{package}", "./deploy.sh"), _FUNCTION),
    Tool(
        "scaleway", "serverless", "serverless.yml of Scaleway's plugin",
        (
            "@@{package}",
            _UNZIP,
            "npm install --prefix dist/app osls serverless-scaleway-functions",
            "cd dist/app && npx osls deploy",
        ),
        _FUNCTION,
    ),
)  # fmt: skip


def tools_of(cloud: str) -> tuple[Tool, ...]:
    """The rows of *cloud*, its default first."""
    return tuple(each for each in TOOLS if each.cloud == cloud)


def find(cloud: str, name: Optional[str] = None) -> Tool:
    """The row of *cloud* that is named so, or its default; raises ConfigurationError where there is none."""
    rows = tools_of(cloud)
    if not rows:
        raise ConfigurationError(
            f"{cloud!r} is no cloud: use one of {', '.join(dict.fromkeys(t.cloud for t in TOOLS))}"
        )
    if name is None:
        return rows[0]
    for each in rows:
        if each.name == name:
            return each
    raise ConfigurationError(f"{name!r} is no tool of {cloud}: use one of {', '.join(t.name for t in rows)}")
