"""What each cloud takes as a package: how large, of which Python, where its packages lie, what its runtime has already.

All read in 2026-11 on the page in ``docs`` unless a comment says otherwise. Where a number is None, the provider tells
none, or nobody could verify it: then nothing is checked.
"""

from __future__ import annotations

from typing import NamedTuple, Optional

from lambda_bridge.errors import ConfigurationError

MB = 1024 * 1024


class Cloud(NamedTuple):
    """A row of the table; sizes are bytes."""

    name: str
    title: str
    docs: str
    """The provider's page on limits."""
    module: str
    """The file of the function, where none is named; with `must_be`, where the platform looks for it."""
    attribute: str = "handler"
    """The name in that module that the platform calls."""
    must_be: bool = False
    """Whether the platform takes no other file."""
    pythons: tuple[int, ...] = (9, 10, 11, 12, 13)
    """Minor versions of its runtimes."""
    arches: tuple[str, ...] = ("x86_64",)
    glibc: tuple[tuple[int, int], ...] = ((9, 17),)
    """(minor version of Python from which on, minor version of the C library 2.x that a wheel may need), rising."""
    unzipped: Optional[int] = None
    """All files may have so much together, those of layers too."""
    zipped: Optional[int] = None
    """A zip may have so much."""
    direct: Optional[int] = None
    """The largest zip that can be uploaded as it is; larger ones come out of a bucket."""
    packages: str = ""
    """The folder of the zip in which packages lie: ``""`` beside the app."""
    layer: Optional[str] = None
    """The folder of a layer's zip in which packages lie; None where there are no layers."""
    has: tuple[str, ...] = ()
    """Distributions that the runtime has: the first are left out whenever they are required …"""
    has_with_them: tuple[str, ...] = ()
    """… and these where nothing else requires them."""


# The architectures: only AWS, Knative's and Fn's images, and Google's builds are known to be others than x86_64.
_BOTH = ("x86_64", "arm64")

CLOUDS: dict[str, Cloud] = {
    each.name: each
    for each in (
        # The runtimes: Amazon Linux 2 (C library 2.26) up to Python 3.11, Amazon Linux 2023 (2.34) from 3.12 on
        # (lambda/latest/dg/lambda-python.html; aws.amazon.com/blogs/compute/python-3-12-runtime-…). A layer's folder
        # (lambda/latest/dg/packaging-layers.html). What they have: the SDK and what it depends on (lambda-python.html).
        Cloud(
            "aws", "AWS Lambda", "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html",
            module="function.py", pythons=(10, 11, 12, 13, 14), arches=_BOTH, glibc=((9, 26), (12, 34)),
            unzipped=250 * MB, direct=50 * MB, layer="python",
            has=("boto3", "botocore", "s3transfer"),
            has_with_them=("jmespath", "python-dateutil", "six", "urllib3"),
        ),
        # A layer is unpacked in /opt, from where its root is imported (document/product/583/37039). Not verified: the
        # size up to which the console and the API take a zip.
        Cloud(
            "tencent", "Tencent Cloud SCF", "https://www.tencentcloud.com/document/product/583/11637",
            module="index.py", attribute="main_handler", pythons=(6, 7, 9, 10), unzipped=500 * MB, direct=50 * MB,
            layer="",
        ),
        # functions-reference-python and python-build-options: where packages lie, and that the file is this one. The
        # C library is that of Debian 11. No page tells a limit of the package.
        Cloud(
            "azure", "Azure Functions", "https://learn.microsoft.com/en-us/azure/azure-functions/python-build-options",
            module="function_app.py", attribute="app", must_be=True, pythons=(10, 11, 12, 13), glibc=((9, 31),),
            packages=".python_packages/lib/site-packages",
        ),
        # Limits of the first generation; the second has none. Ubuntu 22.04 from Python 3.10 on
        # (functions/docs/concepts/execution-environment).
        Cloud(
            "gcp", "Google Cloud Run functions", "https://cloud.google.com/functions/quotas",
            module="main.py", must_be=True, pythons=(10, 11, 12, 13, 14), glibc=((9, 27), (10, 35)),
            unzipped=500 * MB, zipped=100 * MB,
        ),
        # 500 MB in some regions, 100 MB in all others. A layer's folder: functioncompute/fc/user-guide/create-a-custom-layer.
        Cloud(
            "aliyun", "Alibaba Cloud Function Compute",
            "https://www.alibabacloud.com/help/en/functioncompute/fc/product-overview/limits-of-usage",
            module="index.py", pythons=(9, 10, 12), zipped=500 * MB, direct=100 * MB, layer="python",
        ),
        # The API takes 50 MB, the console 40. Dependencies of its own are zips whose root is imported. Not verified:
        # what may come out of a bucket.
        Cloud(
            "huawei", "Huawei Cloud FunctionGraph",
            "https://support.huaweicloud.com/intl/en-us/productdesc-functiongraph/functiongraph_01_0150.html",
            module="index.py", pythons=(6, 9, 10, 12), direct=50 * MB, layer="",
        ),
        # codeSize is 48 MB, of which base64 takes a quarter (IBM's page says so; the code is Apache's).
        Cloud(
            "openwhisk", "Apache OpenWhisk", "https://github.com/apache/openwhisk/blob/master/docs/reference.md",
            module="__main__.py", must_be=True, pythons=(9, 10, 11, 12), zipped=36 * MB,
        ),
        Cloud(
            "fn", "Fn, Oracle Functions", "https://docs.oracle.com/en-us/iaas/Content/Functions/home.htm",
            module="func.py", must_be=True, pythons=(9, 11, 12), arches=_BOTH,
        ),
        Cloud(
            "knative", "Knative Functions", "https://knative.dev/docs/functions/",
            module="function/__init__.py", attribute="new", must_be=True, arches=_BOTH,
        ),
        # Its functions run on Amazon Linux 2023.
        Cloud(
            "vercel", "Vercel", "https://vercel.com/docs/functions/limitations",
            module="api/index.py", attribute="app", must_be=True, pythons=(12, 13, 14), glibc=((9, 34),),
            unzipped=250 * MB,
        ),
        Cloud(
            "yandex", "Yandex Cloud Functions", "https://yandex.cloud/en/docs/functions/concepts/limits",
            module="index.py", pythons=(9, 11, 12), unzipped=680 * MB, zipped=128 * MB, direct=int(3.5 * MB),
        ),
        # Packages in the folder package: serverless-functions/how-to/package-function-dependencies-in-zip. Not
        # verified: which C library its images have.
        Cloud(
            "scaleway", "Scaleway Functions",
            "https://www.scaleway.com/en/docs/serverless-functions/reference-content/functions-limitations/",
            module="handler.py", pythons=(10, 11, 12, 13), unzipped=500 * MB, zipped=100 * MB, packages="package",
        ),
    )
}  # fmt: skip


def find(name: str) -> Cloud:
    """The row of *name*; raises ConfigurationError where there is none."""
    if name not in CLOUDS:
        raise ConfigurationError(f"{name!r} is no cloud: use one of {', '.join(CLOUDS)}")
    return CLOUDS[name]


def glibc_of(cloud: Cloud, minor: int) -> int:
    """The minor version of the C library 2.x in the runtime of Python 3.*minor*."""
    return [library for since, library in cloud.glibc if since <= minor or since == cloud.glibc[0][0]][-1]
