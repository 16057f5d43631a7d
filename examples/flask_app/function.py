from lambda_bridge import make_handler
from valentine import app

handler = make_handler(app)
