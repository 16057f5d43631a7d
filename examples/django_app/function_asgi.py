from project.asgi import application

from lambda_bridge import make_handler

handler = make_handler(application)
