"""A small shop in two languages, written for these tests, and what people look for in it."""

from __future__ import annotations

from duli.platform.search.types import SearchDocument

# (id, title, keywords, body, codes)
CHINESE = [
    (1, "纯棉短袖T恤 男女同款", ["青禾", "服装", "白色"], "透气亲肤，夏季必备的基础款上衣", ["QH-TS-001"]),
    (2, "复古水洗牛仔外套", ["青禾", "服装", "蓝色"], "宽松版型，春秋两穿", ["QH-JK-014"]),
    (3, "儿童连帽羽绒服 加厚", ["小熊", "童装"], "白鸭绒填充，冬天穿也暖和", ["XX-YR-120"]),
    (4, "女童碎花连衣裙 公主裙", ["小熊", "童装"], "夏季薄款，适合生日聚会", ["XX-LYQ-88"]),
    (5, "真皮商务双肩包 大容量", ["行远", "箱包"], "可放15.6英寸笔记本电脑", ["XY-BAG-7"]),
    (6, "轻便折叠行李箱 20寸", ["行远", "箱包"], "万向轮，登机箱尺寸", ["XY-CASE-20"]),
    (7, "蓝牙耳机 主动降噪", ["听雨", "数码"], "续航30小时，支持快充", ["6901234567892"]),
    (8, "头戴式耳机 有线", ["听雨", "数码"], "录音棚监听音质", ["6901234567893"]),
    (9, "便携蓝牙音箱 防水", ["听雨", "数码"], "户外露营可用", ["TY-SPK-3"]),
    (10, "手机壳 适用于iPhone15 Pro", ["光影", "数码配件"], "磨砂防摔", ["GY-IP15P"]),
    (11, "手机充电器 65W快充", ["光影", "数码配件"], "一个插头充手机和电脑", ["GY-CH65"]),
    (12, "移动硬盘 1TB USB3.0", ["光影", "数码"], "高速传输", ["GY-HD-1TB"]),
    (13, "固态硬盘 512GB", ["光影", "数码"], "笔记本升级用", ["GY-SSD-512"]),
    (14, "不锈钢保温杯 500ml", ["山泉", "厨房"], "保温十二小时", ["SQ-CUP-500"]),
    (15, "玻璃水杯 带把手", ["山泉", "厨房"], "耐高温", ["SQ-GLS-1"]),
    (16, "铸铁平底锅 28cm", ["山泉", "厨房"], "无涂层", ["SQ-PAN-28"]),
    (17, "防水防油桌布 圆桌", ["晴居", "家居"], "免洗，擦一擦就干净", ["QJ-TB-1"]),
    (18, "书桌台灯 护眼", ["晴居", "家居"], "三档色温", ["QJ-LAMP-2"]),
    (19, "银行复古存钱罐", ["晴居", "家居"], "送孩子的礼物", ["QJ-BANK"]),
    (20, "绿萝盆栽 带盆", ["晴居", "绿植"], "净化空气，好养", ["QJ-GREEN"]),
]
ENGLISH = [
    (1, "Cotton T-shirt", ["Greenfield", "Clothing", "white"], "A soft everyday tee", ["QH-TS-001"]),
    (2, "Washed denim jacket", ["Greenfield", "Clothing", "blue"], "Loose fit for spring and autumn", ["QH-JK-014"]),
    (3, "Children's down jacket with hood", ["Little Bear", "Clothing"], "Warm in winter", ["XX-YR-120"]),
    (5, "Leather business backpack", ["Farway", "Bags"], "Holds a 15.6 inch laptop", ["XY-BAG-7"]),
    (6, "Folding suitcase", ["Farway", "Bags"], "Cabin size, four wheels", ["XY-CASE-20"]),
    (7, "Bluetooth headphones, noise cancelling", ["Rainear", "Electronics"], "30 hours", ["6901234567892"]),
    (8, "Studio headphones, wired", ["Rainear", "Electronics"], "For recording, no bluetooth", ["6901234567893"]),
    (9, "Portable Bluetooth speaker", ["Rainear", "Electronics"], "Waterproof, for camping", ["TY-SPK-3"]),
    (10, "Phone case for iPhone 15 Pro", ["Lumen", "Accessories"], "Matte, shock resistant", ["GY-IP15P"]),
    (11, "65W phone charger", ["Lumen", "Accessories"], "USB-C, charges phone and laptop", ["GY-CH65"]),
    (12, "External hard drive 1 TB USB 3.0", ["Lumen", "Electronics"], "Fast", ["GY-HD-1TB"]),
    (13, "Solid state drive 512GB", ["Lumen", "Electronics"], "For laptops", ["GY-SSD-512"]),
    (14, "Stainless steel bottle 500 ml", ["Fountain", "Kitchen"], "Keeps warm for twelve hours", ["SQ-CUP-500"]),
    (15, "Glass mug", ["Fountain", "Kitchen"], "Heat resistant, with a handle", ["SQ-GLS-1"]),
    (16, "Cast iron pan 28 cm", ["Fountain", "Kitchen"], "No coating", ["SQ-PAN-28"]),
    (17, "Waterproof tablecloth, round", ["Sunny Home", "Home"], "Wipe clean", ["QJ-TB-1"]),
    (18, "Desk lamp", ["Sunny Home", "Home"], "Three colour temperatures", ["QJ-LAMP-2"]),
    (19, "Café au lait bowl", ["Sunny Home", "Kitchen"], "Made in France", ["QJ-BOWL"]),
    (20, "Gaming mouse pad", ["Lumen", "Accessories"], "Large, with a stitched edge", ["GY-PAD"]),
    (21, "Wi-Fi router AX3000", ["Lumen", "Electronics"], "Two bands", ["GY-AX3000"]),
]

# (query, the right ids)
CHINESE_QUERIES = [
    ("蓝牙耳机", {7}),
    ("耳机", {7, 8}),
    ("降噪耳机", {7}),
    ("连衣裙女童", {4}),
    ("儿童羽绒服", {3}),
    ("手机壳iphone15", {10}),
    ("iphone 15 手机壳", {10}),
    ("快充充电器", {11}),
    ("硬盘1tb", {12}),
    ("512 gb 固态", {13}),
    ("保温水杯", {14}),
    ("桌布防油防水", {17}),
    ("shouji", {10, 11}),
    ("erji", {7, 8}),
    ("bwb", {14}),
    ("真皮背包", {5}),
    ("护眼灯", {18}),
    ("青禾外套", {2}),
    ("t恤", {1}),
    ("平底锅28cm", {16}),
]
ENGLISH_QUERIES = [
    ("bluetooth headphones", {7}),
    ("headphone", {7, 8}),
    ("blutooth speeker", {9}),
    ("childrens jacket", {3}),
    ("iphone15 case", {10}),
    ("iphone 15 pro", {10}),
    ("1tb hard drive", {12}),
    ("512 gb ssd", {13}),
    ("tshirt", {1}),
    ("t-shirt", {1}),
    ("cafe bowl", {19}),
    ("mousepad", {20}),
    ("wifi router", {21}),
    ("water proof tablecloth", {17}),
    ("charger usb-c", {11}),
    ("back pack", {5}),
    ("500ml bottle", {14}),
    ("lamp for desk", {18}),
]


def documents(kind: str = "product") -> list[SearchDocument]:
    return [
        SearchDocument(kind, object_id, language, title, tuple(keywords), body, tuple(codes))
        for language, rows in (("zh-hans", CHINESE), ("en", ENGLISH))
        for object_id, title, keywords, body, codes in rows
    ]
