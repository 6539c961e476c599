"""A bucket of Amazon S3, or of any service that speaks its language (Cloudflare R2, Backblaze B2, MinIO, Ceph …)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - the library's name
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
)

from sitegen.config import PublishSettings
from sitegen.errors import BusyTargetError, TargetError, UsageError
from sitegen.publish.addresses import Address
from sitegen.publish.numbered_lists import overtaken, pack, unpack
from sitegen.publish.port import STATE_FOLDER, Upload
from sitegen.publish.targets.folder import foreign

_LIST = f"{STATE_FOLDER}/list.tsv.gz"
_T = TypeVar("_T")


class S3Target:
    """Objects are replaced whole; keys come from the environment, a profile, or the machine's role."""

    batch = 1
    jobs = 16
    atomic = False

    def __init__(self, address: Address, settings: PublishSettings) -> None:
        self._bucket = address.place
        self._prefix = address.path + "/" if address.path else ""
        self.name = f"s3://{address.place}" + (f"/{address.path}" if address.path else "")
        # Services other than Amazon's often know only the checksums that every request needs.
        config = Config(
            max_pool_connections=64,
            retries={"mode": "standard", "total_max_attempts": 2},
            connect_timeout=20,
            read_timeout=60,
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        try:
            session = boto3.session.Session(profile_name=settings.profile or None, region_name=settings.region or None)
            self._client: Any = session.client("s3", endpoint_url=settings.endpoint or None, config=config)
        except (BotoCoreError, ValueError) as error:
            hint = "name a profile of ~/.aws/config" if isinstance(error, ProfileNotFound) else "see docs/publish.md"
            raise UsageError(f"{self.name}: {error}", hint=hint, code="target-login") from error

    def _ask(self, question: Callable[[], _T]) -> _T:
        try:
            return question()
        except ClientError as error:
            raise self._refused(error) from error
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise TargetError(
                f"{self.name}: no keys were found",
                hint="set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a `profile` of ~/.aws/credentials",
                code="target-login",
            ) from error
        except (ConnectionError, HTTPClientError) as error:
            raise BusyTargetError(
                f"{self.name}: {error}", hint="check the connection, and `endpoint`", code="target-unreachable"
            ) from error
        except BotoCoreError as error:
            raise TargetError(f"{self.name}: {error}", code="target-refused") from error

    def _refused(self, error: ClientError) -> TargetError:
        code, status = _code(error), _status(error)
        message = f"{self.name}: {error.response.get('Error', {}).get('Message') or code}"
        if status >= 500 or status == 429 or code in ("SlowDown", "RequestTimeout", "Throttling"):
            return BusyTargetError(message, hint="the service is busy; try again later", code="target-slow")
        if code == "NoSuchBucket":
            return TargetError(message, hint="sitegen makes no buckets; check the name", code="target-missing")
        if status in (401, 403):
            hint = "the keys must be allowed to get, put and delete objects of the bucket; see docs/publish.md"
            return TargetError(message, hint=hint, code="target-login")
        return TargetError(message, code="target-refused")

    def load(self) -> tuple[bytes | None, str]:
        """See `Target`."""
        found = self._get(_LIST)
        return (None, "") if found is None else (unpack(found[0], self.name), found[1])

    def _get(self, path: str) -> tuple[bytes, str] | None:
        def question() -> tuple[bytes, str] | None:
            try:
                found = self._client.get_object(Bucket=self._bucket, Key=self._prefix + path)
            except ClientError as error:
                if _code(error) in ("NoSuchKey", "404"):
                    return None
                raise
            return found["Body"].read(), found["ETag"]

        return self._ask(question)

    def swap(self, data: bytes, version: str) -> str:
        """See `Target`."""
        condition = {"IfMatch": version} if version else {"IfNoneMatch": "*"}
        body = pack(data)
        fields = {"ContentType": "application/gzip", "CacheControl": "no-store"}

        def question() -> str:
            try:
                done = self._client.put_object(
                    Bucket=self._bucket, Key=self._prefix + _LIST, Body=body, **fields, **condition
                )
            except ClientError as error:
                if _is_met_by_another(error):
                    raise overtaken(self.name) from error
                if _code(error) != "NotImplemented":
                    raise
                # A service without conditional writes: look, then write. The gap between the two is short.
                now = self._get(_LIST)
                if (now[1] if now else "") != version:
                    raise overtaken(self.name) from error
                done = self._client.put_object(Bucket=self._bucket, Key=self._prefix + _LIST, Body=body, **fields)
            return str(done["ETag"])

        return self._ask(question)

    def exists(self, path: str) -> bool:
        """See `Target`."""

        def question() -> bool:
            try:
                self._client.head_object(Bucket=self._bucket, Key=self._prefix + path)
            except ClientError as error:
                if _status(error) == 404:
                    return False
                raise
            return True

        return self._ask(question)

    def put(self, files: Sequence[Upload]) -> None:
        """See `Target`."""
        for file in files:
            data = file.read()
            if not self._put(file, data, {"IfNoneMatch": "*"} if file.fresh else {}):
                there = self._get(file.path)
                if there is not None and there[0] != data:
                    raise foreign(self.name, file.path)

    def _put(self, file: Upload, data: bytes, condition: dict[str, str]) -> bool:
        """Write an object; False where the condition is not met."""
        fields = {"ContentType": file.content_type, "CacheControl": file.cache_control, **condition}
        if file.encoding:
            fields["ContentEncoding"] = file.encoding

        def question() -> bool:
            try:
                self._client.put_object(Bucket=self._bucket, Key=self._prefix + file.path, Body=data, **fields)
            except ClientError as error:
                if condition and _is_met_by_another(error):
                    return False
                if not condition or _code(error) != "NotImplemented":
                    raise
                return self._put(file, data, {})
            return True

        return self._ask(question)

    def delete(self, paths: Sequence[str]) -> None:
        """See `Target`. One by one: requests for many need a checksum that some services do not know."""
        for path in paths:
            self._ask(partial(self._client.delete_object, Bucket=self._bucket, Key=self._prefix + path))

    def close(self) -> None:
        """See `Target`."""
        self._client.close()


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _is_met_by_another(error: ClientError) -> bool:
    return _status(error) in (409, 412) or _code(error) in ("PreconditionFailed", "ConditionalRequestConflict")
