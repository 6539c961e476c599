"""`sitegen serve`."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from sitegen.cli.output import clean, json_option, plural, print_json, root_option, show_problems
from sitegen.store.source_tree import SourceTree

if TYPE_CHECKING:
    from sitegen.serve.rebuilding import Built, Notice


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (default: 8000 or the next free one; 0: any).")
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
@click.option("--poll", is_flag=True, help="Look for changes again and again, for folders whose changes go untold.")
@json_option
@root_option
def command(tree: SourceTree, host: str, port: int | None, open_browser: bool, poll: bool, as_json: bool) -> int:
    """Look at the site on this machine while you work on it.

    Builds what has changed, then watches content/, themes/ and sitegen.toml: what you save shows at once in every open
    page, and texts put into content/raw become articles. Serves only this machine unless --host says otherwise. Stop
    with Ctrl-C.
    """
    from sitegen.serve.addresses import listen
    from sitegen.serve.server import LiveServer

    tree.load_config()
    listener = listen(host, port)
    number = listener.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{number}/"
    server = LiveServer(tree, listener, host, print_json if as_json else tell, poll=poll)
    if as_json:
        print_json({"event": "ready", "url": url})
    else:
        click.echo(f"ready: {url}  (Ctrl-C stops)")
        click.echo("watching content/, themes/ and sitegen.toml")
    if open_browser:
        click.launch(url)
    server.run()
    return 0


def tell(news: Built | Notice) -> None:
    """Print what a person may want to read."""
    from sitegen.serve.rebuilding import Notice

    now = click.style(time.strftime("%H:%M:%S"), dim=True)
    if isinstance(news, Notice):
        click.echo(f"{now} {news.message.rstrip() if news.event == 'fault' else clean(news.message)}", err=True)
        return
    what = clean(news.paths[0]) if len(news.paths) == 1 else plural(len(news.paths), "file") if news.paths else ""
    parts = [part for part in (what, f"{news.ingested:,} ingested" if news.ingested else "") if part]
    if news.pages:
        told = f"  ({', '.join(parts)})" if parts else ""
        click.echo(f"{now} {plural(news.pages, 'page')} in {news.shown_seconds:.2f} s{told}")
        sys.stdout.flush()
    show_problems(news.problems)
