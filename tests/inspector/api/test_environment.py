from __future__ import annotations

from hookscope.api.directory import parse_apis
from hookscope.api.environment import variables


def test_each_api_has_its_own_variable_and_those_of_its_clients() -> None:
    apis = parse_apis(["notion", "github", "my-erp=https://erp.example"])
    assert variables(apis.values(), "http://127.0.0.1:7421") == {
        "HOOKSCOPE_API_NOTION": "http://127.0.0.1:7421/notion",
        "NOTION_BASE_URL": "http://127.0.0.1:7421/notion",
        "HOOKSCOPE_API_GITHUB": "http://127.0.0.1:7421/github",
        "GITHUB_API_URL": "http://127.0.0.1:7421/github",
        "HOOKSCOPE_API_MY_ERP": "http://127.0.0.1:7421/my-erp",
    }
