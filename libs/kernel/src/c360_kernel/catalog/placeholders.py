"""Values that stand for nobody: what programs, sheets and people write where there is no value.

No list is complete. What a list misses is bounded by how many people an identifier may join; see
`fan` in a catalog.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

# What programs print for the absence of a value, and the names of their accounts for nobody.
_PROGRAMS = """
null nil none nan undefined void empty blank missing unset nothing no-data nodata unknown
anonymous anon anonym guest visitor nobody noone noname no-name unnamed noemail nomail noreply
deleted removed expired invalid dummy placeholder default example sample test testing tester
tbd tba todo pending n/a na n.a. n/d nd none-provided not-available not-applicable not-provided
not-set notset not-specified not-known unspecified undisclosed withheld unavailable abc123 asdf
qwerty foo bar foobar xxx lorem-ipsum true false string object error
"""
# The words of the sources' languages, but for those that mean something else in another.
_LANGUAGES = """
无 無 没有 沒有 空 空值 未知 不详 不詳 不明 不祥 待补充 待補充 待定 待填 待录入 暂无 暫無 暂缺
暂未提供 无卡 无号 无手机 无电话 无邮箱 无身份证 无证件 无姓名 无名 无名氏 未填 未填写 未填寫
未提供 未登记 未登記 未录入 未绑定 未注册 未设置 匿名 匿名用户 游客 访客 散客 路人 测试 測試
测试用户 保密 拒绝 拒绝提供 不提供 不愿提供 缺失 缺省 其他 已删除 已注销 默认 用户 客户 会员
なし 無し 不明 未定 未入力 未登録 該当なし 匿名希望 ゲスト テスト 없음 미상 모름 미입력 해당없음
손님 익명 테스트 нет неизвестно неизвестный отсутствует отсутствуют аноним гость тест пусто
unbekannt keine keiner keines kein ohne leer entfällt nicht-angegeben keine-angabe anonymisiert
inconnu inconnue aucun aucune néant vide non-renseigné sans-objet anonyme desconocido
desconocida ninguno ninguna vacío sin-datos anónimo desconhecido desconhecida nenhum nenhuma
vazio sem-dados sconosciuto sconosciuta nessuno nessuna vuoto anonimo onbekend geen leeg anoniem
okänd ingen saknas ukjent ukendt nieznany brak غير-معروف مجهول لا-يوجد không không-có không-biết
"""
_SHEETS = r"#(n/?a|ref!?|value!?|name\??|div/0!?|null!?|num!?|spill!?|calc!?|error!?|#+|)"
_OBJECTS = r"\[object [a-z]+\]|\{\}|\[\]|<[^<>]*>|\(null\)|\\n|0x0|function ?\(.*"
_TEMPLATES = (
    r"\{\{.*\}\}|\{%.*%\}|\$\{.*\}|\$\(.*\)|#\{.*\}|%[sd]|%\([^)]*\)[sd]?|%%.*%%|\{[\w.]+\}|:\w+_id"
)
_MARKS = re.compile(r"[\W_]*", re.UNICODE)
_PATTERNS = re.compile(rf"(?:{_SHEETS}|{_OBJECTS}|{_TEMPLATES})", re.IGNORECASE | re.DOTALL)
_QUOTES = "\"'`“”‘’«»„‚「」『』《》<>()[]{}（）【】 \t"
_SEPARATORS = re.compile(r"[\s_\-./]+")
_NOTHING_OF = re.compile(
    r"(?:no|not|null|nil|none|unknown|undefined|anonymous|invalid|default|dummy|missing|empty)"
    r"(?:user|id|userid|device|deviceid|name|email|mail|phone|mobile|number|value|card|account|"
    r"customer|member|openid|unionid|cookie|login|visitor|client)|"
    r"(?:user|id|device|name|email|phone|card|account|customer|member)(?:null|undefined|unknown)",
    re.IGNORECASE,
)
_RUN = 6
_DUMMY_MOBILE = re.compile(r"(?:00)?(?:86)?1[3-9]([0-9])\1{8}")


def _folded(word: str) -> str:
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", word).casefold())


_WORDS = frozenset(_folded(word) for word in (_PROGRAMS + _LANGUAGES).split())


def stands_for_nothing(text: str) -> bool:
    """Whether a text is no value at all: a word for none, an unfilled template, marks alone.

    In any case, in quotes or brackets, with blanks, dots, dashes or underlines between its parts.
    """
    whole = unicodedata.normalize("NFKC", text).strip()
    bare = whole.strip(_QUOTES)
    if _MARKS.fullmatch(bare) or any(map(_PATTERNS.fullmatch, (whole, bare, whole[1:-1]))):
        return True
    folded = _folded(bare)
    return folded in _WORDS or _NOTHING_OF.fullmatch(folded) is not None


def is_typed_in_place_of_one(text: str) -> bool:
    """Whether a text is what a hand types to get past a field: a run or a step of digits.

    Of six digits and more, as `888888`, `123456`, `987654321`; also behind a mobile's prefix.
    """
    digits = "".join(character for character in text if character.isdigit())
    if len(digits) < _RUN or any(character.isalpha() for character in text):
        return False
    return _is_monotone(digits) or _DUMMY_MOBILE.fullmatch(digits) is not None


def _is_monotone(digits: str) -> bool:
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(digits)}
    return len(steps) == 1 and steps <= {0, 1, 9}
