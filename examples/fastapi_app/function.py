from lambda_bridge import make_handler
from worker import app

handler = make_handler(app, events="/events")
