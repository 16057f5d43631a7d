from guestbook import app

from lambda_bridge import make_handler

handler = make_handler(app)
