"""Sources that behave as their vendors document, each with customers that changed one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from tests.component.connectors.source import Asked, Told

BEGIN = datetime(2024, 11, 1, tzinfo=UTC)
SHANGHAI = timezone(timedelta(hours=8))
_BUSY_EVERY, _AWAY_EVERY = 7, 11


@dataclass(frozen=True)
class Person:
    """Seven change each day; every fifth is not audited."""

    number: int

    @property
    def at(self) -> datetime:
        return BEGIN + timedelta(days=self.number // 7)

    @property
    def is_audited(self) -> bool:
        return self.number % 5 != 0


@dataclass
class Source:
    """`lives` is after how many calls a session lapses; each seventh call is too much for it."""

    count: int = 53
    lives: int = 4
    calls: int = 0
    logins: int = 0
    pages: list[Any] = field(default_factory=list[Any])
    _left: int = 0

    @property
    def people(self) -> list[Person]:
        return [Person(number) for number in range(self.count)]

    def __call__(self, asked: Asked) -> Told:
        self.calls += 1
        if self.calls % _BUSY_EVERY == 0:
            return Told({"message": "slow down"}, 429, {"retry-after": "0"})
        if self.calls % _AWAY_EVERY == 0:
            return Told({"message": "away"}, 503, {"retry-after": "0"})
        return self.answer(asked)

    def answer(self, asked: Asked) -> Told:
        raise NotImplementedError

    def logged_in(self) -> str:
        self.logins += 1
        self._left = self.lives
        return f"session-{self.logins}"

    def is_known(self, shown: str) -> bool:
        """Whether a session holds; it lapses after some calls."""
        holds = shown == f"session-{self.logins}" and self._left > 0
        self._left -= 1
        return holds

    def since(self, begin: str, until: str, write: Callable[[datetime], str]) -> list[Person]:
        """Who changed in a window, as the source compares its own texts."""
        return [one for one in self.people if begin <= write(one.at) and not until <= write(one.at)]


class Kingdee(Source):
    def answer(self, asked: Asked) -> Told:
        if asked.path.endswith("LoginByAppSecret.common.kdsvc"):
            if asked.json["appSecret"] != "s3cret":
                return Told({"LoginResultType": 0, "Message": "no"})
            return Told(
                {"LoginResultType": 1},
                headers={"set-cookie": f"kdservice-sessionid={self.logged_in()}; path=/"},
            )
        session = asked.headers.get("cookie", "").removeprefix("kdservice-sessionid=")
        if not self.is_known(session):
            return Told(
                [
                    [
                        {
                            "Result": {
                                "ResponseStatus": {
                                    "IsSuccess": False,
                                    "MsgCode": 1,
                                    "ErrorCode": 500,
                                }
                            }
                        }
                    ]
                ]
            )
        begin, until = (part.split("'")[1] for part in asked.json["FilterString"].split(" and "))
        start, limit = asked.json["StartRow"], asked.json["Limit"]
        assert isinstance(start, int)
        found = self.since(begin, until, _china)[start : start + limit]
        self.pages.append(start)
        return Told([self._row(one) for one in found])

    def _row(self, one: Person) -> list[object]:
        return [
            100_000 + one.number, f"CUST{one.number:04}", f"示例{one.number}",
            f"0571-8888{one.number:04}", f"{_china(one.at)}.12", "C" if one.is_audited else "B",
        ]  # fmt: skip


def _china(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S")


class Salesforce(Source):
    size = 10

    def answer(self, asked: Asked) -> Told:
        if asked.path == "/services/oauth2/token":
            if asked.form != {
                "grant_type": "client_credentials",
                "client_id": "me",
                "client_secret": "s3cret",
            }:
                return Told({"error": "invalid_client"}, 400)
            return Told(
                {"access_token": self.logged_in(), "instance_url": "https://elsewhere.example"}
            )
        if not self.is_known(asked.headers["authorization"].removeprefix("Bearer ")):
            return Told([{"errorCode": "INVALID_SESSION_ID", "message": "Session expired"}], 401)
        start = int(asked.path.rpartition("-")[2]) if "-" in asked.path else 0
        if start == 0:
            words = asked.query["q"].split()
            begin, until = words[words.index(">=") + 1], words[words.index("<") + 1]
            self.found = self.since(begin, until, _zulu)
        page = self.found[start : start + self.size]
        self.pages.append(start)
        answer: dict[str, Any] = {
            "totalSize": len(self.found),
            "done": True,
            "records": [self._row(one) for one in page],
        }
        if start + self.size < len(self.found):
            answer |= {
                "done": False,
                "nextRecordsUrl": f"/services/data/v62.0/query/01g000-{start + self.size}",
            }
        return Told(answer)

    def _row(self, one: Person) -> dict[str, object]:
        return {
            "attributes": {"type": "Contact"},
            "Id": f"003xx000004{one.number:07}", "Name": f"Ada {one.number}",
            "Email": f"ada{one.number}@example.com", "MobilePhone": None, "Title": None,
            "SystemModstamp": one.at.strftime("%Y-%m-%dT%H:%M:%S.000+0000"),
            "IsDeleted": not one.is_audited,
        }  # fmt: skip


def _zulu(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class HubSpot(Source):
    size = 10

    def answer(self, asked: Asked) -> Told:
        if asked.headers["authorization"] != "Bearer s3cret":
            return Told({"category": "INVALID_AUTHENTICATION"}, 401)
        (window,) = asked.json["filterGroups"][0]["filters"]
        found = self.since(str(window["value"]), str(window["highValue"]), _milliseconds)
        start = int(asked.json.get("after", 0))
        answer: dict[str, Any] = {
            "total": len(found),
            "results": [self._row(one) for one in found[start : start + self.size]],
        }
        self.pages.append(start)
        if start + self.size < len(found):
            answer["paging"] = {"next": {"after": str(start + self.size)}}
        return Told(answer)

    def _row(self, one: Person) -> dict[str, object]:
        properties = {
            "email": f"ada{one.number}@example.com", "phone": "",
            "firstname": "Ada", "lastname": str(one.number),
            "lastmodifieddate": one.at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "hs_email_optout": None,
        }  # fmt: skip
        return {"id": str(5_000 + one.number), "properties": properties, "archived": False}


def _milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1_000))


class Yonyou(Source):
    def answer(self, asked: Asked) -> Told:
        if asked.path == "/system/token":
            if asked.query["app_secret"] != "s3cret":
                return Told({"errcode": "10001", "errmsg": "no such app"})
            return Told(
                {"errcode": "0", "errmsg": "", "token": {"id": self.logged_in(), "expiresIn": 7200}}
            )
        if not self.is_known(asked.query["token"]):
            return Told({"errcode": "20005", "errmsg": "token expired"})
        page, size = int(asked.query["page_index"]), int(asked.query["rows_per_page"])
        found = [one for one in self.people if _day(one.at) >= asked.query["ModifyDate_begin"]]
        part = found[(page - 1) * size : page * size]
        self.pages.append(page)
        return Told({
            "errcode": "0", "errmsg": "", "page_index": str(page), "rows_per_page": str(size),
            "row_count": str(len(found)), "page_count": str(-(-len(found) // size)),
            "customer": [self._row(one) for one in part],
        })  # fmt: skip

    def _row(self, one: Person) -> dict[str, object]:
        return {
            "code": f"{one.number:04}", "name": f"示例客户{one.number}", "contact": "李雷",
            "mobile": f"1390000{one.number:04}", "address": "", "ModifyDate": _day(one.at),
        }  # fmt: skip


def _day(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d")


class Shopify(Source):
    size = 10

    def answer(self, asked: Asked) -> Told:
        if asked.headers["x-shopify-access-token"] != "s3cret":
            return Told({"errors": "[API] Invalid API key or access token"}, 401)
        start = int(asked.query.get("page_info", "0"))
        if start == 0:
            begin = asked.query["updated_at_min"]
            self.found = [one for one in self.people if _zulu(one.at) >= begin[:19] + "Z"]
        self.pages.append(start)
        page = self.found[start : start + self.size]
        headers: dict[str, str] = {}
        if start + self.size < len(self.found):
            host = asked.headers["host"]
            mark = f"limit=250&page_info={start + self.size}"
            url = f"http://{host}/admin/api/2026-01/customers.json?{mark}"
            headers["link"] = f'<http://{host}/before>; rel="previous", <{url}>; rel="next"'
        return Told({"customers": [self._row(one) for one in page]}, headers=headers)

    def _row(self, one: Person) -> dict[str, object]:
        at = one.at.astimezone(SHANGHAI).isoformat()
        state = "subscribed" if one.is_audited else "unsubscribed"
        return {
            "id": 706_405_506 + one.number, "email": f"ada{one.number}@example.com", "phone": None,
            "first_name": "Ada", "last_name": str(one.number), "updated_at": at,
            "email_marketing_consent": {"state": state, "consent_updated_at": at},
        }  # fmt: skip
