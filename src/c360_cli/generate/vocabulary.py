"""The words the world is written in."""

from __future__ import annotations

from typing import NamedTuple


class Word(NamedTuple):
    """A Chinese word and how it is spelled in Latin letters."""

    hanzi: str
    latin: str


class City(NamedTuple):
    """A city, a postal code in it and the region code of identity cards issued there."""

    hanzi: str
    latin: str
    postal_code: str
    region_code: str


SURNAMES = tuple(
    Word(*pair.split())
    for pair in (
        "王 Wang", "李 Li", "张 Zhang", "刘 Liu", "陈 Chen", "杨 Yang", "黄 Huang", "赵 Zhao",
        "吴 Wu", "周 Zhou", "徐 Xu", "孙 Sun", "马 Ma", "朱 Zhu", "胡 Hu", "林 Lin", "郭 Guo",
        "何 He", "高 Gao", "罗 Luo", "欧阳 Ouyang", "诸葛 Zhuge",
    )
)  # fmt: skip
GIVEN_MALE = tuple(
    Word(*pair.split())
    for pair in (
        "伟 Wei", "强 Qiang", "磊 Lei", "军 Jun", "勇 Yong", "杰 Jie", "涛 Tao", "明 Ming",
        "超 Chao", "浩然 Haoran", "子轩 Zixuan", "宇航 Yuhang", "建国 Jianguo", "志强 Zhiqiang",
        "小明 Xiaoming", "文博 Wenbo",
    )
)  # fmt: skip
GIVEN_FEMALE = tuple(
    Word(*pair.split())
    for pair in (
        "芳 Fang", "娜 Na", "敏 Min", "静 Jing", "丽 Li", "艳 Yan", "霞 Xia", "秀英 Xiuying",
        "桂英 Guiying", "欣怡 Xinyi", "梓涵 Zihan", "雨桐 Yutong", "诗涵 Shihan", "美玲 Meiling",
        "晓燕 Xiaoyan", "婷婷 Tingting",
    )
)  # fmt: skip
HOMOPHONES = {
    "伟": "玮", "磊": "蕾", "军": "君", "杰": "洁", "涛": "滔", "明": "铭", "浩": "皓",
    "轩": "萱", "芳": "方", "娜": "那", "敏": "闽", "静": "婧", "丽": "莉", "艳": "燕",
    "霞": "侠", "英": "瑛", "怡": "宜", "涵": "寒", "婷": "亭", "燕": "艳", "玲": "玲",
}  # fmt: skip
"""Characters that an input method puts for one another."""

ENGLISH_MALE = (
    "James", "John", "Robert", "Michael", "William", "David", "Thomas", "Daniel", "Matthew",
    "Andrew", "Christopher", "Jonathan", "Oliver", "Henry",
)  # fmt: skip
ENGLISH_FEMALE = (
    "Mary", "Patricia", "Jennifer", "Linda", "Elizabeth", "Susan", "Jessica", "Sarah",
    "Margaret", "Katherine", "Charlotte", "Emily", "Hannah", "Olivia",
)  # fmt: skip
ENGLISH_SURNAMES = (
    "Smith", "Johnson", "Williams", "Brown", "Jones", "Miller", "Davis", "Wilson", "Anderson",
    "Taylor", "Thompson", "Robinson", "Clarke", "O'Neill", "Fitzgerald", "MacDonald",
)  # fmt: skip

CITIES = (
    City("北京", "Beijing", "100010", "110101"),
    City("上海", "Shanghai", "200030", "310104"),
    City("深圳", "Shenzhen", "518000", "440305"),
    City("杭州", "Hangzhou", "310012", "330106"),
    City("成都", "Chengdu", "610000", "510104"),
    City("南京", "Nanjing", "210000", "320102"),
    City("武汉", "Wuhan", "430000", "420106"),
    City("西安", "Xi'an", "710000", "610113"),
)
STREETS = (
    Word("人民路", "Renmin Road"),
    Word("中山路", "Zhongshan Road"),
    Word("解放大道", "Jiefang Avenue"),
    Word("和平街", "Heping Street"),
    Word("建设路", "Jianshe Road"),
    Word("长江路", "Changjiang Road"),
)
COMPANIES = ("蓝天科技", "Harbour Trading", "东方物流", "Maple Foods", "远景设计", "Northwind")
TITLES = ("经理", "Engineer", "销售", "Designer", "会计", "Teacher")
MAIL_DOMAINS = ("qq.example", "mail.example", "inbox.example", "post.example")
MISTYPED_DOMAINS = ("qq.exmaple", "mail.exampel", "inbox.exampl", "post.example.con")
CATEGORIES = ("shoes", "books", "audio", "kitchen", "garden", "toys")
PAGES = ("/", "/sale", "/new", "/shoes", "/books", "/help", "/account")
TICKET_TOPICS = ("delivery", "refund", "invoice", "size")
