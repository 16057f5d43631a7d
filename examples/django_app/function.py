from lambda_bridge import make_handler
from project.wsgi import application

handler = make_handler(application)
