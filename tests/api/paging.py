"""Pages through all flows with the generated client: run in its own environment by the test."""

import sys
from urllib.parse import parse_qs, urlsplit

from ntopweb_client import AuthenticatedClient
from ntopweb_client.api.flows import flow_list


def main(address: str, token: str) -> None:
    """Print how many flows came, and how many different ones."""
    client = AuthenticatedClient(address, token, prefix="Token", raise_on_unexpected_status=True)
    cursor, seen, rows = "", set(), 0
    while True:
        page = flow_list.sync(client=client, limit=1000, cursor=cursor)
        rows += len(page.results)
        seen.update(flow.id for flow in page.results)
        if not page.next_:
            break
        cursor = parse_qs(urlsplit(page.next_).query)["cursor"][0]
    print(rows, len(seen))


if __name__ == "__main__":
    main(*sys.argv[1:])
