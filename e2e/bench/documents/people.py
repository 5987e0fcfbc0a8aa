"""People as varied as a country's: names, peoples, addresses, cards of every validity. None of them exists."""

import unicodedata
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from portal.domain.identity import Sex, age_on, check_digit
from portal.domain.money import capital_yuan
from workers.sandbox.specimens.person import Person


def _words(text: str) -> list[str]:
    return text.split()


# City-level region codes (…00), which no resident is registered under: see workers.sandbox.specimens.
_PLACES = (
    ("110100", "", "北京市", "海淀区 朝阳区 西城区 石景山区 门头沟区"),
    ("120100", "", "天津市", "和平区 滨海新区 蓟州区"),
    ("310100", "", "上海市", "浦东新区 徐汇区 虹口区 嘉定区"),
    ("500100", "", "重庆市", "渝中区 沙坪坝区 綦江区 璧山区"),
    ("130100", "河北省", "石家庄市", "裕华区 鹿泉区 赞皇县"),
    ("140100", "山西省", "太原市", "杏花岭区 尖草坪区 娄烦县"),
    ("150100", "内蒙古自治区", "呼和浩特市", "玉泉区 土默特左旗 和林格尔县"),
    ("210200", "辽宁省", "大连市", "甘井子区 旅顺口区"),
    ("220100", "吉林省", "长春市", "二道区 绿园区 九台区"),
    ("230100", "黑龙江省", "哈尔滨市", "道里区 香坊区 宾县"),
    ("320100", "江苏省", "南京市", "鼓楼区 栖霞区 溧水区"),
    ("330100", "浙江省", "杭州市", "西湖区 萧山区 淳安县"),
    ("340100", "安徽省", "合肥市", "蜀山区 瑶海区 肥西县"),
    ("350200", "福建省", "厦门市", "思明区 翔安区"),
    ("360100", "江西省", "南昌市", "青山湖区 进贤县"),
    ("370200", "山东省", "青岛市", "市南区 崂山区 黄岛区"),
    ("411300", "河南省", "南阳市", "卧龙区 唐河县 淅川县"),
    ("420100", "湖北省", "武汉市", "洪山区 硚口区 黄陂区"),
    ("430100", "湖南省", "长沙市", "岳麓区 雨花区 宁乡县"),
    ("440100", "广东省", "广州市", "天河区 番禺区 荔湾区"),
    ("450100", "广西壮族自治区", "南宁市", "青秀区 邕宁区 马山县"),
    ("460100", "海南省", "海口市", "龙华区 美兰区"),
    ("510100", "四川省", "成都市", "武侯区 郫都区 金堂县"),
    ("520100", "贵州省", "贵阳市", "云岩区 花溪区 息烽县"),
    ("530100", "云南省", "昆明市", "盘龙区 嵩明县 禄劝彝族苗族自治县"),
    ("540100", "西藏自治区", "拉萨市", "城关区 堆龙德庆区"),
    ("610100", "陕西省", "西安市", "雁塔区 未央区 蓝田县"),
    ("620100", "甘肃省", "兰州市", "七里河区 榆中县"),
    ("630100", "青海省", "西宁市", "城东区 湟中区 大通回族土族自治县"),
    ("640100", "宁夏回族自治区", "银川市", "兴庆区 贺兰县"),
    ("650100", "新疆维吾尔自治区", "乌鲁木齐市", "天山区 沙依巴克区 达坂城区"),
)
_COMMON = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜"
    "崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛阎段雷龙黎史陶贺毛郝顾龚邵万钱覃武戴莫孔汤"
)
_RARE = "仝逄郄褚亓佘芮戚訾缪翟瞿蔺郗邸晁逯尉宓匡岑柴闵卞裘阚蒯鞠苌昝庹靳岳兀麴缑"
_COMPOUND = _words("欧阳 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 司徒 宇文 端木")
_GIVEN: dict[Sex, str] = {
    "M": "伟强磊军勇涛明超刚平辉鹏杰浩宇轩博文俊峰志远建国海波成林天翔瑞霖子涵晨凯旭栋梁毅恒昊睿哲铭煜翰逸彦楷澄泽宏"
    "振华兴邦德厚仁义礼智信忠孝廉耀祖光宗继业承启焕彬炜烨鑫垚淼骏骁屹",
    "F": "芳娜敏静丽艳娟霞秀英玲桂兰婷雪梅琳欣怡佳慧雅文萱诗涵梦洁玉珍晓燕思颖媛嫣婉妍姝菡蕾薇蓉芸茜莹璐瑶珺琪瑾琬"
    "黛翠碧云彩凤春夏秋冬荷菊莲桃杏若曦馨悦宁舒语桐筱",
}
_DOTTED_FIRST: dict[Sex, list[str]] = {
    "M": _words("阿卜杜拉 买买提 努尔兰 吐尔逊 艾尔肯 库尔班 叶尔江 依力哈木 阿不都热合曼 赛力克"),
    "F": _words("古丽娜尔 阿依古丽 热孜万古丽 帕提古丽 迪丽努尔 米日班 阿孜古丽 努尔比亚 茹仙古丽 加依娜"),
}
_DOTTED_LAST = _words(
    "艾合买提 买买提 吐尔逊 玉素甫 阿卜力孜 肉孜 热合曼 托合提 巴合提别克 叶尔肯 阿不都热西提 麦麦提明"
)
_TIBETAN = _words("扎西多吉 次仁卓玛 格桑旺堆 洛桑顿珠 德吉央宗 巴桑次仁 旦增曲珍 索朗平措")
_PEOPLES = _words(
    "壮 满 回 苗 维吾尔 土家 彝 蒙古 藏 布依 侗 瑶 朝鲜 白 哈尼 哈萨克 黎 傣 畲 "
    "傈僳 仡佬 东乡 高山 拉祜 水 佤 纳西 羌 土 仫佬 锡伯 柯尔克孜 达斡尔 景颇 毛南 "
    "撒拉 布朗 塔吉克 阿昌 普米 鄂温克 怒 京 基诺 德昂 保安 俄罗斯 裕固 乌孜别克 "
    "门巴 鄂伦春 独龙 塔塔尔 赫哲 珞巴"
)
_TURKIC = ("维吾尔", "哈萨克", "塔吉克", "柯尔克孜", "乌孜别克", "塔塔尔")
_STREETS = _words(
    "中山路 解放大道 人民东路 长江一路 文化巷 建设街 和平里 学府路 滨河路 花园街 "
    "黄河北大街 朝阳门外大街 白石桥路 五一中路 苏堤南路 友谊西路 天目山路 三元里大道 "
    "迎宾大道 凤凰山路 龙井村街 二环南路东段 高新四路"
)
_ESTATES = _words("翠湖花园 金色家园 阳光水岸 御景湾 锦绣江南 丽景苑 书香门第 万和城 碧桂名邸 世纪新村 春晓苑 东湖名都")
_TOWNS = _words("桐寨铺镇 龙潭镇 官庄乡 双河镇 石桥镇 大树营乡 清水河镇 麻栗坡镇 柳林乡 太平镇")
_VILLAGES = _words("李岗村 王家湾村 大石桥村 杨树沟村 上河村 胡家庄村 三岔口村 白马村 新联村 坪上村")
_BRANDS = _words(
    "云岭 启明 百禾 安泰 晨曦 恒远 蓝湾 青禾 鼎盛 华信 中泰 瑞丰 天成 盛世 嘉和 "
    "远望 聚力 卓越 宏图 佳美 博雅 正和 利源 鑫达"
)
_TRADES = _words(
    "软件 机械制造 食品 物流 教育咨询 建筑设计 电子 医药 信息技术 网络科技 新能源科技 "
    "餐饮管理 供应链管理 汽车销售服务 房地产开发 人力资源服务 精密仪器 生物科技 装饰工程 "
    "文化传媒 环保工程 商贸 纺织 化工"
)


def choose_person(rng: Random) -> Person:
    """A consistent person; the card's validity follows 居民身份证法 第五条 for the age it was issued at."""
    code, province, city, districts = rng.choice(_PLACES)
    district = rng.choice(districts.split())
    sex: Sex = rng.choice(("M", "F"))
    birth = date(rng.randint(1950, 2006), 1, 1) + timedelta(days=rng.randrange(365))
    people, name = _people_and_name(rng, sex)
    first17 = f"{code}{birth:%Y%m%d}{rng.randrange(50):02d}{rng.randrange(5) * 2 + (sex == 'M')}"
    issued = date(rng.randint(max(2008, birth.year + 14), 2025), rng.randint(1, 12), rng.randint(1, 28))
    years = next((span for age, span in ((16, 5), (26, 10), (46, 20)) if age_on(birth, issued) < age), None)
    authority = (
        f"{city}公安局{district.removesuffix('新区').removesuffix('区')}分局"
        if district.endswith("区")
        else f"{district}公安局"
    )
    return Person(
        name=name, sex=sex, ethnicity=people, birth_date=birth,
        address=_address(rng, f"{province}{city}{district}"),
        id_number=first17 + check_digit(first17),
        authority=authority,
        valid_from=issued, valid_to=issued.replace(year=issued.year + years) if years else None,
        employer=_employer(rng, city),
        monthly_income_fen=_income(rng),
    )  # fmt: skip


def normal(text: str) -> str:
    """The reader's normal form of words: NFKC without blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _people_and_name(rng: Random, sex: Sex) -> tuple[str, str]:
    weights = [1 / (rank + 3) for rank in range(len(_PEOPLES))]
    people = "汉" if rng.random() < 0.6 else rng.choices(_PEOPLES, weights)[0]
    if people in _TURKIC:
        return people, f"{rng.choice(_DOTTED_FIRST[sex])}·{rng.choice(_DOTTED_LAST)}"
    if people in ("藏", "门巴", "珞巴"):
        return people, rng.choice(_TIBETAN)
    surname = rng.choice(_COMMON)
    chance = rng.random()
    if chance < 0.12:
        surname = rng.choice(_RARE)
    elif chance < 0.18:
        surname = rng.choice(_COMPOUND)
    given = rng.sample(_GIVEN[sex], 2)
    return people, surname + "".join(given[: 1 if rng.random() < 0.25 else 2])


def _address(rng: Random, place: str) -> str:
    street, number = rng.choice(_STREETS), rng.randint(1, 899)
    room = f"{rng.randint(1, 32)}0{rng.randint(1, 8)}"
    building = rng.randint(1, 38)
    village = rng.choice(_TOWNS) + rng.choice(_VILLAGES)
    forms = (
        f"{place}{street}{number}号",
        f"{place}{street}{number}号{building}号楼{rng.randint(1, 6)}单元{room}室",
        f"{place}{street}{number}号{rng.choice(_ESTATES)}{building}栋{room}",
        f"{place}{rng.choice(_ESTATES)}{rng.choice('ABCDE')}座{room}室",
        f"{place}{street}{number}弄{building}号{room}室",
        f"{place}{street}甲{rng.randint(1, 99)}号{building}-{rng.randint(1, 6)}-{room}",
        f"{place}{village}{rng.choice('一二三四五六七八九')}组{rng.randint(1, 160)}号",
        f"{place}{village}{rng.randint(1, 400)}号附{rng.randint(1, 9)}号",
    )
    return rng.choice(forms)


def _employer(rng: Random, city: str) -> str:
    brand, trade, place = rng.choice(_BRANDS), rng.choice(_TRADES), city.removesuffix("市")
    chance = rng.random()
    if chance < 0.66:
        return f"{place}{brand}{trade}有限公司"
    if chance < 0.76:
        return f"{brand}（{place}）{trade}有限公司"
    if chance < 0.86:
        return f"{brand}{trade}股份有限公司{place}分公司"
    if chance < 0.93:
        return f"{place}市第{rng.choice('一二三四五六')}{rng.choice(('人民医院', '实验小学', '中学'))}"
    return f"{place}{brand}集团有限责任公司"


def _income(rng: Random) -> int:
    """3,000 to 60,000 yuan, most below 15,000; half of them whole yuan."""
    yuan = int(3_000 * 20 ** (rng.random() ** 1.6))
    return yuan * 100 + (rng.randrange(1, 100) if rng.random() < 0.5 else 0)


def in_words(fen: int, rng: Random) -> str:
    """Capitals as letters print them: with or without 人民币."""
    text = capital_yuan(fen)
    return text if rng.random() < 0.3 else text.removeprefix("人民币")


@dataclass(frozen=True, slots=True)
class Figures:
    """How a paper prints its amounts."""

    commas: bool
    decimals: bool
    sign: str = ""

    def __call__(self, fen: int) -> str:
        yuan, cents = divmod(abs(fen), 100)
        whole = f"{yuan:,}" if self.commas else str(yuan)
        text = f"{whole}.{cents:02d}" if self.decimals or cents else whole
        return f"{'-' if fen < 0 else ''}{self.sign}{text}"


def choose_figures(rng: Random, *, exact: bool = False) -> Figures:
    """`exact`: fen always printed, as in tables."""
    return Figures(rng.random() < 0.6, exact or rng.random() < 0.75, "¥" if not exact and rng.random() < 0.15 else "")
