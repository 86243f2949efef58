"""Words that stand for nothing or for nobody, as programs, sheets and people write them.

No list is complete. What these miss is bounded by how many people an identifier may join; see `fan`
in a catalog.
"""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\s_\-./]+")
_WITHOUT_SEPARATORS = dict.fromkeys(i for i in range(128) if _SEPARATORS.match(chr(i)))

_PROGRAMS = """
null nil none nan undefined void empty blank missing unset nothing no-data nodata unknown
anonymous anon anonym guest visitor nobody noone noname no-name unnamed noemail nomail noreply
deleted removed expired invalid dummy placeholder default example sample test testing tester
tbd tba todo pending n/a na n.a. n/d nd none-provided not-available not-applicable not-provided
not-set notset not-specified not-known unspecified undisclosed withheld unavailable abc123 asdf
qwerty foo bar foobar xxx lorem-ipsum true false string object error
nat inf infinity dbnull nonetype array to-be-filled to-be-confirmed to-be-completed void-0 nan.0
"""
# The words of the sources' languages, but for those that mean something else in another.
_LANGUAGES = """
无 無 没有 沒有 空 空值 未知 不详 不詳 不明 不祥 待补充 待補充 待定 待填 待录入 暂无 暫無 暂缺
暂未提供 无卡 无号 无手机 无电话 无邮箱 无身份证 无证件 无姓名 无名 无名氏 未填 未填写 未填寫
未提供 未登记 未登記 未录入 未绑定 未注册 未设置 匿名 匿名用户 游客 访客 散客 路人 测试 測試
无数据 无效 無效 无编号 无信息 未知号码 待核实 待确认 待完善 资料缺失 未采集 不适用 无法提供 作废
停用 空号 测试账号
测试用户 保密 拒绝 拒绝提供 不提供 不愿提供 缺失 缺省 其他 已删除 已注销 默认 用户 客户 会员
なし 無し 不明 未定 未入力 未登録 該当なし 匿名希望 ゲスト テスト 없음 미상 모름 미입력 해당없음
손님 익명 테스트 нет неизвестно неизвестный отсутствует отсутствуют аноним гость тест пусто
unbekannt keine keiner keines kein ohne leer entfällt nicht-angegeben keine-angabe anonymisiert
inconnu inconnue aucun aucune néant vide non-renseigné sans-objet anonyme desconocido
desconocida ninguno ninguna vacío sin-datos anónimo desconhecido desconhecida nenhum nenhuma
vazio sem-dados sconosciuto sconosciuta nessuno nessuna vuoto anonimo onbekend geen leeg anoniem
не-указано не-указан bilinmiyor belirtilmemiş à-compléter
okänd ingen saknas ukjent ukendt nieznany brak غير-معروف مجهول لا-يوجد không không-có không-biết
"""
# Accounts that many use, and why somebody has no number: no identifier, though it may be a key.
_SHARED = """
admin administrator root superuser sysadmin system operator demo walk-in walkin vip staff employee
cashier kiosk pos terminal counter reception internal house lost forgotten forgot pending new temp
temporary tmp unassigned unregistered unreadable illegible unclear various multiple shared private
individual self same same-as-above as-above see-above see-notes ditto idem later opt-out opted-out
denied declined refused rejected disabled blocked cleared off no-consent consent-denied password
email mail phone mobile name user username customer client member abc abcd abcde abcdef abcdefg
abcd1234 a1b2c3 aaa zzz qwer qwer1234 qwerty123 qwertyuiop asdfgh asdfghjkl zxcvbn zxcvbnm 1qaz2wsx
个人 自然人 散户 零售 零售客户 普通客户 普通用户 临时 遗失 丢失 挂失 忘了 同上 见上 如上 同前
自己 本人 家属 代购 现金 现金客户 前台 收银 收银员 员工 内部 内部员工 补办中 办理中 审核中 稍后
稍后补充 后补 以后再说 记不清 不方便 不方便提供 拒填 略 管理员 系统 公用 共用 通用 公司
同左 忘れ 紛失 再発行中 分からない わからない 상동 분실 관리자 утеряна утерян утеряно без-карты
нет-данных нет-телефона verloren vergessen nicht-vorhanden siehe-oben unleserlich dito privat
perdu perdue illisible voir-ci-dessus pas-de-mail sans-carte perdida perdido olvidado no-tiene
no-sabe ilegible persa smarrita verloren-kaart kwijt zgubiona mất
"""
_NOTHING_OF = re.compile(
    r"(?:no|not|null|nil|none|unknown|undefined|anonymous|invalid|default|dummy|missing|empty)"
    r"(?:user|id|userid|device|deviceid|name|email|mail|phone|mobile|number|value|card|account|"
    r"customer|member|openid|unionid|cookie|login|visitor|client)|"
    r"(?:user|id|device|name|email|phone|card|account|customer|member)(?:null|undefined|unknown)|"
    r"(?:null|undefined|unknown|none){2,}",
    re.IGNORECASE,
)
_WHY = (
    r"(?:no|not|without|lost|forgot(?:ten)?|missing|pending|temp(?:orary)?|tmp|new|old|invalid|"
    r"wrong|dummy|fake|deleted|former|removed|closed|expired|blocked|unknown|undefined|anonymous|"
    r"walkin|cash|onetime|generic|general|default|shared|null|none|nil|empty|test|demo|"
    r"sample|example)"
)
_WHAT = (
    r"(?:user|id|device|name|email|mail|phone|mobile|telephone|number|value|card|account|"
    r"customer|member|membership|openid|unionid|cookie|login|visitor|client|passport|licence|"
    r"license|tax|vat|person|guest|sale|given|supplied|provided|available|known|applicable|"
    r"present|recorded|found|assigned|entered)"
)
_NOBODY_OF = re.compile(
    rf"{_WHY}{_WHAT}{{1,3}}\d{{0,3}}|{_WHAT}{{1,2}}{_WHY}|"
    r"(?:test|tester|demo|dummy|sample|example|guest|anon|anonymous|unknown|placeholder|foo|temp|"
    r"tmp|测试|游客|访客|匿名|ゲスト|テスト|тест|гость)\d{1,3}"
)
_CHINESE = re.compile(
    r"(?:[无無没沒未忘不非缺待新老]|没有|沒有|暂无|暫無|暂未|尚未|忘记|临时)"
    r"(?:会员|會員|用户|客户|顾客|手机|电话|座机|邮箱|邮件|卡|号码?|税号|纳税人识别号|身份证|证件?|"
    r"护照|驾照|姓名|账号|帐号|账户|微信|登录|登记|填写?|提供|知道|清楚|详|记得|带|办理?|录入|"
    r"绑定|注册|补充?|定|有){1,4}"
)
_JAPANESE = re.compile(
    r"(?:メール|電話|会員証?|カード|番号|携帯)(?:番号)?(?:なし|ナシ|無し?|忘れ|紛失|不明)|ナシ|フメイ"
)
_KOREAN = re.compile(r"(?:전화|이메일|카드|회원|번호){1,2}(?:없음|분실|미상|모름)")
_LANGUAGE_PATTERNS = (_CHINESE, _JAPANESE, _KOREAN)


def folded(word: str) -> str:
    """A word without its separators, in one case and width."""
    if word.isascii():
        return (word if word.isalnum() else word.translate(_WITHOUT_SEPARATORS)).lower()
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", word).casefold())


_NOTHING = frozenset(folded(word) for word in (_PROGRAMS + _LANGUAGES).split())
_NOBODY = frozenset(folded(word) for word in _SHARED.split())


def is_word_for_nothing(word: str) -> bool:
    """Whether a folded word says that there is no value."""
    return word in _NOTHING or (word.isalpha() and _NOTHING_OF.fullmatch(word) is not None)


def is_word_for_nobody(word: str) -> bool:
    """Whether a folded word names an account that many use, or says why there is no number."""
    if is_word_for_nothing(word) or word in _NOBODY:
        return True
    # All but the last three signs are letters then; of most words they are not.
    before = word[:-3]
    if (not before or before.isalpha()) and _NOBODY_OF.fullmatch(word):
        return True
    return not word.isascii() and any(one.fullmatch(word) for one in _LANGUAGE_PATTERNS)
