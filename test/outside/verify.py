"""A resource server in Python: verifies the access token on standard input by the published keys.

Prints its claims as JSON, or the name of what PyJWT threw.
"""
import json
import sys

import jwt

jwks_uri, issuer, audience, algorithm = sys.argv[1:]
token = sys.stdin.read()
try:
    if jwt.get_unverified_header(token)["typ"] != "at+jwt":  # RFC 9068, section 4
        raise jwt.InvalidTokenError("not an access token")
    key = jwt.PyJWKClient(jwks_uri).get_signing_key_from_jwt(token).key
    required = ["iss", "aud", "sub", "exp", "iat", "jti", "client_id"]
    claims = jwt.decode(
        token, key, algorithms=[algorithm], audience=audience, issuer=issuer, options={"require": required}
    )
    print(json.dumps(claims))
except jwt.PyJWTError as error:
    print(json.dumps(type(error).__name__))
