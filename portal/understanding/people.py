"""Names of people and of employers. They are open words: only a phrase that announces one, or the question itself,
makes one of them, and nothing that is a word for something else."""

import re

from portal.understanding.lexicon import lexicon, rule
from portal.understanding.words import is_word

# The family names of nineteen people in twenty (names of two characters first), from the census of 2020.
_FAMILIES = (
    "欧阳|上官|司马|诸葛|司徒|皇甫|尉迟|公孙|慕容|令狐|东方|夏侯|"
    "[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方"
    "白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳"
    "甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳欧管柴蒙鲍华喻祁房屈饶解牟艾尤时阳农司卓古吉缪简车项连芦麦褚娄窦戚岑"
    "景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝]"
)
_CHINESE_NAME = rf"(?:(?:{_FAMILIES})[㐀-鿿]{{1,2}}|[㐀-鿿]{{2,5}}(?:·[㐀-鿿]{{1,8}})+)"
_SHORTEST_NAME = _CHINESE_NAME.replace("{1,2}", "{1,2}?")
_ENDS = r"(?=$|[\s,，。;；、.!:：\d]|的|今年|已婚|未婚|来自|电话|手机|身份)"
_ANNOUNCED = re.compile(
    rf"(?:(?<!公司)(?<!单位)(?<!店)(?<!公司名字)(?<!单位名字)(?<!公司名)叫做?|(?<!公司)(?<!单位)(?<!店)(?<!用户)(?:真实|的)?(?:姓名|名字|户名)(?:是|叫|为|:)?|本人|鄙人|在下|(?:免贵|敝)姓.[,，\s]*|我姓[^名][,，\s]*(?:叫)?|身份证上是|持卡人(?:是)?)"
    rf"\s*(?P<name>{_CHINESE_NAME}|[㐀-鿿]{{2,4}}){_ENDS}"
)
_CALL_ME = re.compile(rf"叫我(?P<name>{_SHORTEST_NAME})(?=$|[\s,，。!]|就行|就好|就可以|好了)")
_I_AM = re.compile(rf"(?:^|[,，。\s])我是(?P<name>{_CHINESE_NAME})(?=$|[\s!,，。\d]|身份证|手机|电话|今年)")
_BARE = re.compile(rf"^(?P<name>{_SHORTEST_NAME})(?=$|[吧哈呀啊呢]|[\s,，。;；、.!:\d])")
_ENGLISH = re.compile(
    r"(?:my (?:full )?name is|my name's|\bname(?: is|:)?|i am called|i'm called|call me)\s+"
    r"(?P<name>[a-z][a-z'-]+(?: [a-z][a-z'-]+){1,2}?)"
    r"(?=$|[,.;!\d]| and | born| phone| i )"
)
_ENGLISH_BARE = re.compile(r"^(?P<name>[a-z][a-z'-]+(?: [a-z][a-z'-]+){1,2})(?=$|,)")
_NOT_A_NAME = re.compile(
    r"[吧哈呀啊呢哦嘛的]$|什么|怎么|哪|谁|已|想|要|有|不|没|吗|这|那|他|你|我|错|改|填|写|了|个|号"
)

_USUAL = 200
"""How common a word must be not to be a name: 安妮 is in the dictionary too."""


def find_name(text: str, asked: str, *, corrects: bool = False) -> tuple[int, int, str] | None:
    """Where the name stands in a plain text, and the name."""
    found = [
        match
        for match in _ANNOUNCED.finditer(text)
        if _is_name(match["name"], strict=not re.match(_FAMILIES, match["name"]))
    ]
    for pattern in (_I_AM, _CALL_ME):
        found += [match for match in pattern.finditer(text) if _is_name(match["name"], strict=True)]
    if not found and corrects and rule("about_name").search(text):
        found = list(re.finditer(rf"(?<!不)是(?P<name>{_SHORTEST_NAME})(?=$|[\s,，。]|不是)", text))
    if not found:
        found = [*_ENGLISH.finditer(text)]
    if not found and asked == "name":
        first = re.sub(r"^(?:我是|我叫|是|嗯+|额|哦|就是)[,，\s]*", "", text)
        shift = len(text) - len(first)
        for pattern in (_BARE, _ENGLISH_BARE):
            match = pattern.match(first)
            if match and _is_name(match["name"], strict=True) and not rule("question").search(text):
                return shift + match.start("name"), shift + match.end("name"), match["name"]
        if re.fullmatch(r"[㐀-鿿]{2,4}", first) and _is_name(first, strict=True) and first[0] in _FAMILIES:
            return shift, len(text), first
        return None
    return (*found[-1].span("name"), found[-1]["name"]) if found else None


def _is_name(name: str, *, strict: bool = False) -> bool:
    if _NOT_A_NAME.search(name) or any(choice.words.fullmatch(name) for choice in lexicon().choices):
        return False
    return not (strict and (is_word(name, _USUAL) or rule("command_word").search(name)))


_IN = re.compile(
    r"(?:^|[,，。;\s我现就目前是来在]|(?<=工资)|(?<=本科))(?:就职于|任职于|任职在|供职于|在)\s*(?P<name>[^,!，。;:?\s在][^,!，。;:?]{1,24}?)\s*"
    r"(?:里面?|那边|这边)?(?:上班|工作|任职|就职|打工|干活|教书|当|做|跑|送|卖|教|管|修|开车|干了|干$)"
)
_SERVES = re.compile(r"(?:就职|任职|供职)[于在](?P<name>[^,!，。;:?\s]{2,24})(?=$|[!,，。;])")
_I_AM_AT = re.compile(
    r"(?<![a-z])i(?:'m| am) (?:at|with) (?P<name>(?!a\b|an\b|home\b|my\b|work\b)[a-z0-9&.\- ]{2,40}?)(?=$|[,.;!]| and )"
)
_AT = re.compile(r"(?:^|[,，。;])我?在\s*(?P<name>[^,!，。;:?\s在]{2,20})(?=$|[!,，。;])")
_NURSE_AT = re.compile(
    r"\b(?:a|an|as) [a-z]{3,16}(?: [a-z]{3,16})? at (?P<name>(?!a\b|an\b|the\b|my\b|home\b)"
    r"[a-z0-9&.\- ]{2,40}?)(?=$|[,.;!?]| and )"
)
_NOW_IN = re.compile(r"(?:现在|目前|其实|我)在\s*(?P<name>[^,!，。;:?\s在]{2,20})(?=$|[!,，。;?])")
_RATHER = re.compile(r"(?:应该是|改成|改为|其实是|实际是)(?P<name>[^,!，。;:?\s\d]{2,20})(?=$|[!,，。;?])")
_CALLED = re.compile(
    r"(?:单位|公司|雇主|老板|东家|店|上班的?地方|工作的?地方)(?:(?:的?名称?|的?名字|全称)?(?:是|叫做?|为|:)\s*|名称\s*|(?<=工作单位)\s*)(?P<name>[^,!，。?？\s]{2,30}?)(?=$|[,!，。?？\s]|不是)"
)
_FOR = re.compile(
    r"(?:work(?:ing|s)?|employed) (?:for|at|by|with) "
    r"(?P<name>(?!a\b|an\b|home\b|the (?:government|state)\b|night\b|my\b|least\b)"
    r"[a-z0-9&.\-\u3400-\u9fff ]{2,40}?)(?=$|[,.;!]| as | and | i | for | since | earning | making )"
)
_EMPLOYER_IS = re.compile(
    r"(?:employer|company)(?:'s name)?(?: is|:| name is) (?P<name>[a-z0-9&.\- ]{2,40}?)(?=$|[,.;!]| and | i )"
)
_ANSWERED = re.compile(
    r"^(?:我?(?:在|是在)|是|就是|嗯|公司是|单位是)?\s*(?P<name>[^,，。;?!]{2,40}?)(?:的|上班的?|工作的?|吧|哈|呀)?$"
)

_FIRST_CLAUSE = re.compile(r"^(?:我?在|是|就是)?\s*(?P<name>[^,，。;?!\s]{2,20})[,，。;]")
_MEMBER = re.compile(r"我是(?P<name>[^,，。;\s是]{2,18}?)的(?:一名|正式)?(?:员工|职工|职员)(?=$|[,，。])")
_OF = re.compile(
    r"我是(?P<name>[^,，。;\s是]{2,18}?(?:公司|集团|厂|医院|学校|银行|大学|中学|小学))的(?:一名)?"
    r"(?:员工|职工|职员|工人|老师|医生|护士|保安|司机|会计|销售|经理|工程师|程序员)"
)

_WITHOUT_POST = re.compile(
    r"(?<=公司|集团|医院|学校|银行|大学|中学|小学)(?:的)?(?:护士|医生|老师|员工|职工|职员|保安|司机|会计|工人|经理)$|(?<=厂)的?工人$"
)


def find_employer(text: str, asked: str, *, free: bool) -> tuple[int, int, str, bool] | None:
    """Where the employer stands, its name, and whether somebody says to work there. `free`: nothing else was found, so
    a short message may be the answer to the question for it."""
    moved = ((_NOW_IN, False), (_RATHER, False)) if re.search("单位|公司", text) else ()
    at_work = ((_AT, False),) if asked in ("employer", "employment") or rule("works").search(text) else ()
    for pattern, works in (
        (_IN, True),
        (_SERVES, True),
        (_OF, True),
        (_MEMBER, True),
        (_NURSE_AT, True),
        *at_work,
        *moved,
        (_CALLED, False),
        (_FOR, True),
        (_I_AM_AT, False),
        (_EMPLOYER_IS, False),
    ):
        for match in pattern.finditer(text):
            name = match["name"].strip()
            name = _WITHOUT_POST.sub("", name)
            if not rule("vague_employer").search(name) and not rule("relative").search(text[: match.start("name")]):
                return (*match.span("name"), name, works)
    if asked == "employer" and not rule("question").search(text):
        answer = (free and _ANSWERED.match(text)) or _FIRST_CLAUSE.match(text)
        name = _WITHOUT_POST.sub("", answer["name"].strip()) if answer else ""
        if answer and not rule("vague_employer").search(name) and not rule("command_word").search(name):
            return (*answer.span("name"), name, False)
    return None
