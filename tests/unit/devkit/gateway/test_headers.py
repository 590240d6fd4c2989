from __future__ import annotations

from multidict import CIMultiDict

from devkit.gateway.headers import to_client, to_instance


def test_the_key_stays_at_the_gateway_and_the_ids_are_the_services() -> None:
    """The script sees neither the key nor an id that a client made up."""
    sent = CIMultiDict(
        {
            "Authorization": "Bearer secret",
            "X-Request-Id": "mine",
            "X-MS-Client-Request-Id": "a b",
            "Content-Type": "application/json",
            "Expect": "100-continue",
        }
    )
    assert dict(to_instance(sent, "guid", "ab")) == {
        "Content-Type": "application/json",
        "x-request-id": "guid",
        "x-ms-client-request-id": "ab",
    }


def test_headers_for_the_next_hop_alone_are_not_passed_on() -> None:
    """Neither the known ones nor those that Connection names."""
    sent = CIMultiDict({"Connection": "close, X-Private", "X-Private": "1", "Keep-Alive": "3", "X-Public": "2"})
    assert dict(to_client(sent, "guid", None)) == {"X-Public": "2", "x-request-id": "guid"}


def test_a_header_that_is_no_text_goes_on_as_well_as_it_can() -> None:
    """Latin-1 bytes come in as lone surrogates; what goes out can be encoded."""
    sent = CIMultiDict({"X-Name": b"Jos\xe9".decode("utf-8", "surrogateescape"), "X-Town": "Köln"})
    passed = to_instance(sent, "guid", None)
    assert (passed["x-name"], passed["x-town"]) == ("Jos\ufffd", "Köln")


def test_a_header_that_comes_twice_goes_on_twice() -> None:
    """Cookies, for one."""
    answered = CIMultiDict([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
    assert to_client(answered, "guid", None).getall("set-cookie") == ["a=1", "b=2"]
