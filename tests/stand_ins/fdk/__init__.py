"""In place of fdk-python 0.1.128, whose requirements (Cython, pytest-asyncio, iso8601==0.1.12) would disturb ours."""
