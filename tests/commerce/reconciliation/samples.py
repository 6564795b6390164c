"""Statements as banks write them, made up."""

# ruff: noqa: E501

from __future__ import annotations

CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Id>1</Id>
<Acct><Id><IBAN>DE89370400440532013000</IBAN></Id><Ccy>EUR</Ccy></Acct>
<Ntry><Amt Ccy="EUR">129.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><Dt>2026-11-02</Dt></BookgDt><AcctSvcrRef>A1</AcctSvcrRef><NtryDtls><TxDtls>
<Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>
<RltdPties><Dbtr><Pty><Nm>Max Mustermann</Nm></Pty></Dbtr><DbtrAcct><Id><IBAN>AT611904300234573201</IBAN></Id></DbtrAcct></RltdPties>
<RmtInf><Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd><Ustrd>Danke</Ustrd></RmtInf>
</TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">30.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
<BookgDt><DtTm>2026-11-03T08:00:00</DtTm></BookgDt><AcctSvcrRef>B7</AcctSvcrRef><NtryDtls>
<TxDtls><Amt Ccy="EUR">10.00</Amt><RltdPties><Dbtr><Nm>Anna</Nm></Dbtr></RltdPties></TxDtls>
<TxDtls><Amt Ccy="EUR">20.00</Amt><RltdPties><Dbtr><Nm>Ben</Nm></Dbtr></RltdPties></TxDtls></NtryDtls></Ntry>
<Ntry><Amt Ccy="EUR">15.50</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><BookgDt><Dt>2026-11-03</Dt></BookgDt>
<AddtlNtryInf>Gebühr</AddtlNtryInf></Ntry>
<Ntry><Amt Ccy="EUR">99.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>PDNG</Cd></Sts><BookgDt><Dt>2026-11-04</Dt></BookgDt></Ntry>
</Stmt></BkToCstmrStmt></Document>"""

MT940 = """:20:STARTUMS
:25:10020030/1234567890
:28C:00001/001
:60F:C261101EUR1000,00
:61:2611021102CR129,00N051NONREF//B1234
:86:166?00GUTSCHRIFT?109310?20EREF+NOTPROVIDED?21SVWZ+RF18ABCDEF?22GHJ danke?30BYLADEM1?31DE89370400440532013000?32Max Muster?33mann
:61:2611031103DR15,50N033NONREF
:86:106?00LASTSCHRIFT?20SVWZ+Strom?32Stadtwerke
:62F:C261103EUR1113,50
-
"""

OFX_SGML = """OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD
<BANKACCTFROM><BANKID>121<ACCTID>9988<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST><DTSTART>20261101<DTEND>20261130
<STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261102120000[-5:EST]<TRNAMT>129.00<FITID>F1<NAME>LIN &amp; CO<MEMO>order 1007
<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261103<TRNAMT>-15.50<FITID>F2<NAME>POWER
</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"""

OFX_XML = (
    """<?xml version="1.0"?><?OFX OFXHEADER="200" VERSION="211"?>
"""
    "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD</CURDEF><BANKACCTFROM><ACCTID>9988</ACCTID></BANKACCTFROM>"
    "<BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT</TRNTYPE><DTPOSTED>20261102</DTPOSTED><TRNAMT>129.00</TRNAMT>"
    "<FITID>F1</FITID><NAME>LIN &amp; CO</NAME><MEMO>order 1007</MEMO></STMTTRN>"
    "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
)

CMB = (
    "# 招商银行交易记录\n# 账号: [6225********1111]\n\n"
    "交易日期,交易时间,收入,支出,余额,交易类型,对方户名,交易备注\n"
    '2026-11-02,10:21:33,"1,290.00",,"9,000.00",转账汇款,林晓,货款 {reference}\n'
    "2026-11-03,11:00:00,,15.50,8984.50,手续费,,\n"
    "# 合计,,1290.00,15.50,,,,\n"
)

ICBC = (
    "账号\t凭证号\t交易时间\t借/贷\t借方发生额\t贷方发生额\t对方账号\t对方单位\t摘要\t附言\n"
    "6222000011\t0001\t2026/11/02 10:00:00\t贷\t0.00\t129.00\t62220999\t杭州某某有限公司\t汇款\t订单 {reference}\n"
)

SPARKASSE = (
    '"Auftragskonto";"Buchungstag";"Valutadatum";"Buchungstext";"Verwendungszweck";'
    '"Beguenstigter/Zahlungspflichtiger";"Kontonummer/IBAN";"Betrag";"Waehrung"\n'
    '"DE89";"02.11.26";"02.11.26";"GUTSCHR. UEBERWEISUNG";"{reference}";"Müller, Jörg";"AT61";"1.290,00";"EUR"\n'
    '"DE89";"03.11.26";"03.11.26";"LASTSCHRIFT";"Strom";"Stadtwerke";"DE12";"-15,50";"EUR"\n'
)

ENGLISH = (
    "Date,Description,Name,Paid out,Paid in,Balance\n"
    "02/11/2026,Faster payment {reference},J SMITH,,129.00,500.00\n"
    "13/11/2026,Fee,,15.50,,484.50\n"
)
