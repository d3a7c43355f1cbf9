"""GraphQL servers in Python: `graphql_app.py strawberry|ariadne PORT`.

A webhook to them is an operation that is none.
"""

import sys

import uvicorn


def made(name):
    if name == "strawberry":
        import strawberry
        from strawberry.asgi import GraphQL

        @strawberry.type
        class Query:
            @strawberry.field
            def up(self) -> bool:
                return True

        return GraphQL(strawberry.Schema(Query))
    from ariadne import QueryType, make_executable_schema
    from ariadne.asgi import GraphQL

    return GraphQL(make_executable_schema("type Query { up: Boolean }", QueryType()))


async def app(scope, receive, send):
    await SERVED(scope, receive, send)


SERVED = made(sys.argv[1])
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), lifespan="off")
