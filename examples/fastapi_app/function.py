from lambda_bridge import make_handler
from guestbook import app

handler = make_handler(app)
