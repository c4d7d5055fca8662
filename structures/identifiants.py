"""Fictitious identifiers with true keys: SIREN range 000 100 000 – 000 299 999, bank 99999 (exercices.md §0.2)."""

from stdnum import iban, luhn
from stdnum.fr import siren as stdnum_siren
from stdnum.fr import siret as stdnum_siret

PLAGE_FICTIVE = ("0001", "0002")
BIC_FICTIF = "FICTFRPPXXX"


def siret_de_base(base: str) -> str:
    """SIRET of the head office from the 8 first digits of its SIREN: both Luhn keys are right."""
    siren = base + luhn.calc_check_digit(base)
    sans_cle = siren + "0001"
    return sans_cle + luhn.calc_check_digit(sans_cle)


def numero_tva(siret: str) -> str:
    """N° de TVA intracommunautaire of the SIREN."""
    return f"FR{stdnum_siren.to_tva(siret[:9]).replace(' ', '')}"


def iban_de_base(base: str) -> str:
    """Fictitious IBAN: bank 99999, desk 00001, account drawn from the SIREN's base; RIB and IBAN keys right."""
    banque, guichet, compte = "99999", "00001", base.zfill(11)
    cle = 97 - (89 * int(banque) + 15 * int(guichet) + 3 * int(compte)) % 97
    bban = f"{banque}{guichet}{compte}{cle:02d}"
    return str(iban.format(f"FR{iban.calc_check_digits('FR00' + bban)}{bban}", separator=""))


def est_siret(valeur: str) -> bool:
    """14 digits with a true key (La Poste's exception included)."""
    return bool(stdnum_siret.is_valid(valeur))


def est_fictif(siret: str) -> bool:
    return siret.startswith(PLAGE_FICTIVE)
