from lambda_bridge import make_handler
from project.asgi import application

handler = make_handler(application)
