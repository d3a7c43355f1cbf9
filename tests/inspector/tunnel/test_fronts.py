import pytest

from hookscope.tunnel.fronts import FRONTS, upgrade_remedy


@pytest.mark.parametrize(
    ("marks", "named"),
    [
        ("nginx/1.22.1", ["nginx"]),
        ("openresty", ["nginx"]),
        ("Apache/2.4.68 (Debian)", ["Apache"]),
        ("Caddy", ["Caddy"]),
        ("1.1 Caddy", ["Caddy"]),
        ("Apache-Coyote/1.1", ["nginx", "Apache", "Caddy", "Traefik", "HAProxy"]),
        ("", ["nginx", "Apache", "Caddy", "Traefik", "HAProxy"]),
    ],
)
def test_a_proxy_that_names_itself_gets_its_own_lines_and_others_get_all(marks: str, named: list[str]) -> None:
    remedy = upgrade_remedy(marks)
    assert [front.name for front in FRONTS if f"{front.name}, " in remedy] == named
    assert all(line in remedy for front in FRONTS if front.name in named for line in front.lines)
