from lambda_bridge import make_handler
from worker import app

handler = make_handler(app, events="/events", websocket_path="/chat")
# New entries reach windows that another instance of the function has let in.
app.state.gateway = handler
