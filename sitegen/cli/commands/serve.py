"""`sitegen serve`."""

from __future__ import annotations

import click

from sitegen.cli.output import json_option, print_json, root_option
from sitegen.store.source_tree import SourceTree


@click.command("serve")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), help="Port (default: 8000 or the next free one; 0: any).")
@click.option("--open", "open_browser", is_flag=True, help="Open the site in a browser.")
@json_option
@root_option
def command(tree: SourceTree, host: str, port: int | None, open_browser: bool, as_json: bool) -> int:
    """Look at the site on this machine.

    Serves what `sitegen build` made, only to this machine unless --host says otherwise. Stop with Ctrl-C.
    """
    from sitegen.errors import UsageError
    from sitegen.render.urls import base_path
    from sitegen.serve.static_site import listen, run_server, site_app

    config = tree.load_config()
    folder = tree.root / config.output
    if not (folder / "index.html").is_file():
        raise UsageError(f"there is no site in {folder} yet", hint="run `sitegen build` first", code="no-site")
    server = listen(host, port)
    number = server.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    url = f"http://{shown}:{number}/"
    local = ["127.0.0.1", "localhost", "[::1]"]
    hosts = local if host in ("127.0.0.1", "localhost", "::1") else ["*"]
    app = site_app(folder, hosts, base_path(config.base_url))
    if as_json:
        print_json({"event": "ready", "url": url})
    else:
        click.echo(f"ready: {url}  (Ctrl-C stops)")
    if open_browser:
        click.launch(url)
    run_server(app, server)
    return 0
