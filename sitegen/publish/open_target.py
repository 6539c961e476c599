"""From a name or an address to a target; the libraries that a kind needs are loaded here, and only then."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path

import msgspec

from sitegen.config import Config, PublishSettings
from sitegen.digest import short_digest
from sitegen.errors import UsageError
from sitegen.publish.addresses import Address, parse_address
from sitegen.publish.port import Target
from sitegen.store.source_tree import SourceTree

_EXTRAS = {"s3": ("boto3", "s3"), "sftp": ("paramiko", "sftp")}
"""Kind → module that it needs, and the extra that brings it."""


def find_settings(config: Config, name: str) -> PublishSettings:
    """The settings of a target that is named, or given by its address; without a name, of the only one there is.

    Raises:
        UsageError: there is none of that name, or several to choose from.
    """
    if name in config.publish:
        return config.publish[name]
    if not name:
        if len(config.publish) == 1:
            return next(iter(config.publish.values()))
        raise UsageError(
            "say where to publish to" if config.publish else "no place to publish to is set",
            hint=f"one of {', '.join(config.publish)}"
            if config.publish
            else 'sitegen publish folder:/srv/www/archive, or in sitegen.toml: [publish.live] target = "…"',
            code="no-target",
        )
    close = difflib.get_close_matches(name, config.publish, n=1)
    if close and ":" not in name and "/" not in name:
        raise UsageError(f"no target is called `{name}`", hint=f"did you mean `{close[0]}`?", code="no-such-target")
    return PublishSettings(target=name)


def open_target(tree: SourceTree, settings: PublishSettings) -> Target:
    """The target, not yet connected.

    Raises:
        UsageError: the address cannot be understood, or a library or program is missing.
    """
    address = parse_address(settings.target)
    _check_extra(address)
    helper = tree.state / "publish" / short_digest(repr(msgspec.structs.replace(address, password="")).encode())[:16]
    if address.kind == "folder":
        return _folder(tree, address)
    if address.kind == "git":
        from sitegen.publish.targets.git import GitTarget  # noqa: PLC0415

        return GitTarget(address, tree.root, helper, history=settings.history)
    if address.kind == "s3":
        from sitegen.publish.targets.s3 import S3Target  # noqa: PLC0415

        return S3Target(address, settings)
    if address.kind == "sftp":
        from sitegen.publish.targets.sftp import SftpTarget  # noqa: PLC0415

        return SftpTarget(address)
    from sitegen.publish.targets.rsync import RsyncTarget  # noqa: PLC0415

    return RsyncTarget(address, helper)


def _folder(tree: SourceTree, address: Address) -> Target:
    from sitegen.publish.targets.folder import FolderTarget  # noqa: PLC0415

    folder = (tree.root / Path(address.place).expanduser()).resolve()
    own = [tree.root / name for name in ("content", "themes", ".sitegen", ".git", tree.load_config().output)]
    if folder == tree.root or any(folder.is_relative_to(place) for place in own):
        raise UsageError(
            f"{folder} belongs to the archive itself", hint="publish to a folder of its own", code="no-such-target"
        )
    return FolderTarget(folder)


def _check_extra(address: Address) -> None:
    module, extra = _EXTRAS.get(address.kind, ("", ""))
    if not module:
        return
    try:
        importlib.import_module(module)
    except ImportError:
        raise UsageError(
            f"publishing to {address.kind} needs a library that is not installed",
            hint=f"pip install 'sitegen[{extra}]'",
            code="extra-missing",
        ) from None
