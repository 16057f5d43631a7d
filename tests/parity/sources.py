"""Where it stands what a server or cloud loses: the page, or the file of the platform's own source.

In parentheses what of it, and when it was read or which date it bears. Shared by the rows of `losses.py`.
"""

from __future__ import annotations

NOT_VERIFIED = "not verified: no public page or source tells it"
OURS = "not verified: no cloud was asked; it is what lambda_bridge's own local gateway writes"

# Standards.
RFC_REPEATS = "https://www.rfc-editor.org/rfc/rfc9110#section-5.3 (2022-06)"
RFC_LENGTH = "https://www.rfc-editor.org/rfc/rfc9110#section-8.6 (2022-06)"
RFC_CHUNKS = "https://www.rfc-editor.org/rfc/rfc9112#section-7.1.3 (2022-06)"
RFC_ABSOLUTE = "https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 (2022-06)"
RFC_TARGETS = "https://www.rfc-editor.org/rfc/rfc9112#section-3.2 (2022-06)"
RFC_COOKIES = "https://www.rfc-editor.org/rfc/rfc9113#section-8.2.3 (2022-06)"
RFC_PATHS = "https://www.rfc-editor.org/rfc/rfc3986#section-3.3 (2005-01)"
RFC_CGI = "https://www.rfc-editor.org/rfc/rfc3875#section-4.1.18 (2004-10)"
HTTPOXY = "https://httpoxy.org (CVE-2016-5385, 2016-07)"
PEP_3333 = "https://peps.python.org/pep-3333/#environ-variables (2010-09)"
ASGI = "https://asgi.readthedocs.io/en/latest/specs/www.html#http-connection-scope (2026)"

# Servers.
_WAITRESS = "https://github.com/Pylons/waitress/blob/v3.0.2/src/waitress/{} (2026-11)"
WAITRESS_PARSER = _WAITRESS.format("parser.py")
WAITRESS_RECEIVER = _WAITRESS.format("receiver.py")
WAITRESS_PROXIES = _WAITRESS.format("adjustments.py")
WAITRESS_TASK = _WAITRESS.format("task.py")
UNDERSCORES = "https://github.com/benoitc/gunicorn/commit/72b8970dbf2bf3444eb2e8b12aeff1a3d5922a9a (2026-11)"

# Amazon Web Services.
AWS_HTTP = (
    "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html (2026-11)"
)
AWS_HTTP_PATH = (
    "https://github.com/aws/aws-lambda-dotnet/tree/8314921/Tools/LambdaTestTool-v2/tests (recorded 2025-04-14)"
)
AWS_RECORDED = "https://github.com/hotsock/voker/tree/59c7289/vokerhttp/testdata (recorded 2026-07-10)"
AWS_ALB = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html (2026)"
AWS_LATTICE = "https://docs.aws.amazon.com/vpc-lattice/latest/ug/lambda-functions.html (2026)"
AWS_EDGE_EVENT = "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/lambda-event-structure.html (2026)"
AWS_EDGE_HEADERS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/edge-functions-restrictions.html (2026)"
)
AWS_EDGE_QUOTAS = (
    "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html (Lambda@Edge, 2026)"
)

# Tencent Cloud.
TENCENT_APIGW = "https://cloud.tencent.com/document/product/583/12513 (2026)"
TENCENT_URL = "https://cloud.tencent.com/document/product/583/96099 (2025-08)"
TENCENT_CLB = "https://cloud.tencent.com/document/product/583/52635 (2025-06-30)"
TENCENT_EMULATOR = "https://github.com/tencentyun/scfcli (local_service._parse_output, 2026)"
TENCENT_RECORDED = "https://github.com/tencentyun/scf-go-lib (events of its tests, 2026)"
TENCENT_CLOUDBASE = "https://cloud.tencent.com/document/product/876/41776 (2026)"

# Alibaba, Huawei, Baidu, Volcengine.
ALIYUN = "https://help.aliyun.com/document_detail/2545977.html (2026)"
ALIYUN_TYPES = (
    "https://github.com/aliyun/fc-runtime-go-sdk/blob/4d8476b9024c88863b5fb51c722a5844f658398d/events/"
    "README_HTTP_TRIGGER.md (2026)"
)
ALIYUN_RUNTIME = "not verified: read in fc_rapis_wsgi, the runtime's own module (2026), of which no page is public"
HUAWEI_RECORDED = (
    "https://github.com/opentelekomcloud-community/otc-functiongraph-python-runtime (fg-events/fg-apig-event, 2026)"
)
HUAWEI_RESULT = "https://support.huaweicloud.com/intl/en-us/devg-functiongraph/functiongraph_02_0102.html (2026)"
BAIDU = "https://cloud.baidu.com/doc/CFC/s/kjzmgugty (2026)"
BAIDU_TYPES = "https://github.com/baidubce/bce-cfc-java-core (APIGatewayProxyResponseEvent, 2026)"
VOLCENGINE = "https://github.com/volcengine/vefaas-golang-runtime (utils/http_event.go: Go's runtime, 2026)"
VOLCENGINE_EVENT = "https://www.volcengine.com/docs/6662/127868 (2026)"

# Others.
AZURE_HOST = (
    "https://github.com/Azure/azure-functions-host/blob/89dc438d/src/WebJobs.Script.Grpc/MessageExtensions/"
    "GrpcMessageConversionExtensions.cs (2026-11)"
)
AZURE_COOKIES = "https://github.com/Azure/azure-functions-python-worker/issues/1794 (2026-11)"
FUNCTIONS_FRAMEWORK = "https://github.com/GoogleCloudPlatform/functions-framework-python (3.10.2, on gunicorn; 2026-11)"
OPENWHISK = (
    "https://github.com/apache/openwhisk/blob/1fae641a/core/controller/src/main/scala/org/apache/openwhisk/core/"
    "controller/WebActions.scala (2026)"
)
OPENWHISK_DOCS = "https://github.com/apache/openwhisk/blob/master/docs/webactions.md (2026)"
IBM = "https://cloud.ibm.com/docs/codeengine?topic=codeengine-fun-exchanging-data (2026-01-27)"
DIGITALOCEAN = "https://docs.digitalocean.com/products/functions/reference/parameters-responses/ (2026)"
FN = "https://github.com/fnproject/fdk-python (0.1.128, fdk/context.py; 2026-11)"
FN_TRIGGER = "https://github.com/fnproject/fn (api/server/runner_httptrigger.go, 2026-11)"
VERCEL = "https://pypi.org/project/vercel-runtime/0.24.1/ (vc_init.py, 2026-11)"
SCALEWAY = "https://github.com/scaleway/scaleway-functions-runtimes/tree/98dadc49 (run in 2026)"
YANDEX = "https://yandex.cloud/en/docs/functions/concepts/function-invoke (2026)"
YANDEX_GATEWAY = "https://yandex.cloud/en/docs/api-gateway/concepts/extensions/cloud-functions (2026)"
