from project.wsgi import application

from lambda_bridge import make_handler

handler = make_handler(application)
