"""`/docs`: the documentation of the endpoints, made from the OpenAPI document, with nothing loaded from elsewhere."""

from typing import cast

from fastapi import APIRouter, FastAPI, Request
from starlette.responses import HTMLResponse, Response

from api.pages.docs import docs_page

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def docs(request: Request) -> Response:
    """Show every endpoint with its parameters and answers."""
    return HTMLResponse(docs_page(cast("FastAPI", request.app).openapi()))
