"""Names of the currencies of ISO 4217, for the list of the form (factures.md §2.3, block 4)."""

from invoices.enums import DEVISES, DEVISES_COURANTES

_NOMS = """AED Dirham des Émirats;AFN Afghani;ALL Lek albanais;AMD Dram arménien;ANG Florin antillais;AOA Kwanza
angolais;ARS Peso argentin;AUD Dollar australien;AWG Florin d'Aruba;AZN Manat azerbaïdjanais;BAM Mark convertible;BBD
Dollar de la Barbade;BDT Taka;BGN Lev bulgare;BHD Dinar de Bahreïn;BIF Franc burundais;BMD Dollar des Bermudes;BND
Dollar de Brunei;BOB Boliviano;BRL Réal brésilien;BSD Dollar des Bahamas;BTN Ngultrum;BWP Pula;BYN Rouble
biélorusse;BZD Dollar du Belize;CAD Dollar canadien;CDF Franc congolais;CHF Franc suisse;CLP Peso chilien;CNY Yuan;COP
Peso colombien;CRC Colon costaricain;CUP Peso cubain;CVE Escudo cap-verdien;CZK Couronne tchèque;DJF Franc de
Djibouti;DKK Couronne danoise;DOP Peso dominicain;DZD Dinar algérien;EGP Livre égyptienne;ERN Nakfa;ETB Birr;EUR
Euro;FJD Dollar des Fidji;FKP Livre des Malouines;GBP Livre sterling;GEL Lari;GHS Cedi;GIP Livre de Gibraltar;GMD
Dalasi;GNF Franc guinéen;GTQ Quetzal;GYD Dollar du Guyana;HKD Dollar de Hong Kong;HNL Lempira;HTG Gourde;HUF
Forint;IDR Roupie indonésienne;ILS Shekel;INR Roupie indienne;IQD Dinar irakien;IRR Rial iranien;ISK Couronne
islandaise;JMD Dollar jamaïcain;JOD Dinar jordanien;JPY Yen;KES Shilling kényan;KGS Som kirghize;KHR Riel;KMF Franc
comorien;KPW Won nord-coréen;KRW Won sud-coréen;KWD Dinar koweïtien;KYD Dollar des îles Caïmans;KZT Tenge;LAK
Kip;LBP Livre libanaise;LKR Roupie srilankaise;LRD Dollar libérien;LSL Loti;LYD Dinar libyen;MAD Dirham marocain;MDL
Leu moldave;MGA Ariary;MKD Denar;MMK Kyat;MNT Tugrik;MOP Pataca;MRU Ouguiya;MUR Roupie mauricienne;MVR Rufiyaa;MWK
Kwacha malawien;MXN Peso mexicain;MYR Ringgit;MZN Metical;NAD Dollar namibien;NGN Naira;NIO Cordoba;NOK Couronne
norvégienne;NPR Roupie népalaise;NZD Dollar néo-zélandais;OMR Rial omanais;PAB Balboa;PEN Sol péruvien;PGK Kina;PHP
Peso philippin;PKR Roupie pakistanaise;PLN Zloty;PYG Guarani;QAR Riyal qatari;RON Leu roumain;RSD Dinar serbe;RUB
Rouble russe;RWF Franc rwandais;SAR Riyal saoudien;SBD Dollar des îles Salomon;SCR Roupie seychelloise;SDG Livre
soudanaise;SEK Couronne suédoise;SGD Dollar de Singapour;SHP Livre de Sainte-Hélène;SLE Leone;SOS Shilling
somalien;SRD Dollar du Suriname;SSP Livre sud-soudanaise;STN Dobra;SVC Colon salvadorien;SYP Livre syrienne;SZL
Lilangeni;THB Baht;TJS Somoni;TMT Manat turkmène;TND Dinar tunisien;TOP Pa'anga;TRY Livre turque;TTD Dollar de
Trinité-et-Tobago;TWD Dollar de Taïwan;TZS Shilling tanzanien;UAH Hryvnia;UGX Shilling ougandais;USD Dollar
américain;UYU Peso uruguayen;UZS Sum ouzbek;VES Bolivar;VND Dong;VUV Vatu;WST Tala;XAF Franc CFA (BEAC);XCD Dollar des
Caraïbes orientales;XOF Franc CFA (BCEAO);XPF Franc Pacifique;YER Rial yéménite;ZAR Rand;ZMW Kwacha zambien;ZWG Or du
Zimbabwe"""
NOMS: dict[str, str] = {nom[:3]: nom[4:] for nom in " ".join(_NOMS.split()).split(";")}
CHOIX: list[tuple[str, list[tuple[str, str]]]] = [
    ("Courantes", [(code, f"{code} – {NOMS[code]}") for code in DEVISES_COURANTES]),
    ("Toutes", [(code, f"{code} – {NOMS[code]}") for code in DEVISES if code not in DEVISES_COURANTES]),
]
"""The usual ones first, then every other."""
