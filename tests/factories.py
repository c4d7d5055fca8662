"""Rows for tests, made without any service: what a test checks is never what built its world.

Each function takes the cohort first, writes inside its world, and accepts any column by name.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from accounts.enums import EtatCompte, Niveau
from accounts.models import Compte
from accounts.profils import Profil, offerts
from formation.services import sessions
from invoices.enums import AVANT_ENVOI, Acteur, Action, ModeDepot, Statut
from invoices.models import Facture, HistoriqueStatut, LignePoste, LigneTva
from sandbox.cohorts.models import Cohort, Formateur
from structures.enums import Nature, Role, StatutRattachement, TypeIdentifiant
from structures.identifiants import numero_tva, siret_de_base
from structures.models import Habilitation, Mandat, Rattachement, Service, Structure

ANCRAGE = date(2026, 12, 7)
"""Anchor date of the exercises (exercices.md §0.1): a Monday."""
GRAINE = "essai"
MOT_DE_PASSE = "MotDePasse!2026"
VALMORAN = "00020001400017"
HOPITAL = "00020002200010"
DEPARTEMENT = "00020003000013"
ETAT = "00020004800015"
MAIRIE_LENTE = "00020006300014"
INACTIVE = "00020007100017"
BELLECOMBE = "00020008900019"
LYCEE = "00020009700012"
MOA = "00020010500013"


def formateur(email: str = "formateur@session.example", **champs: Any) -> Formateur:
    """A trainer whose password is ``MOT_DE_PASSE``."""
    return Formateur.objects.create_user(email, MOT_DE_PASSE, **({"nom": "Camille Essai"} | champs))


def cohort(**reglages: Any) -> Cohort:
    """A real session: cast, INSEE directory, seats, initial snapshot (the only place where a service is called)."""
    return sessions.creer(
        **({"pack": "novices-7h", "places": 3, "graine": GRAINE, "ancrage": ANCRAGE, "titre": "Essai"} | reglages)
    )


def siret_du_poste(place: int) -> str:
    """SIRET of the company of a seat: « ARBELIN MENUISERIE nn »."""
    return siret_de_base(f"000101{place:02d}")


def compte(monde: Cohort, place: int | None = 1, **champs: Any) -> Compte:
    """An active portal account, password ``MOT_DE_PASSE``; seat 1's is stagiaire01@session.example."""
    login = champs.pop("login_email", f"stagiaire{place or 0:02d}@session.example")
    mot_de_passe = champs.pop("mot_de_passe", MOT_DE_PASSE)
    with monde.monde():
        neuf = Compte(
            cohort=monde,
            place=place,
            login_email=login,
            **(
                {"contact_email": login, "prenom": "Nadia", "nom": f"Poste{place or 0:02d}", "etat": EtatCompte.ACTIF}
                | champs
            ),
        )
        neuf.set_password(mot_de_passe)
        neuf.save()
    return neuf


def structure(monde: Cohort, place: int | None = 1, **champs: Any) -> Structure:
    """The private company of a seat, nobody attached."""
    siret = champs.pop("identifiant", None) or siret_du_poste(place or 99)
    with monde.monde():
        return Structure.objects.create(
            cohort=monde,
            place=place,
            identifiant=siret,
            **(
                {
                    "type_identifiant": TypeIdentifiant.SIRET,
                    "raison_sociale": f"ARBELIN MENUISERIE {place or 99:02d}",
                    "nature": Nature.PRIVEE,
                    "numero_tva": numero_tva(siret),
                    "adresse": "12 rue des Rabots",
                    "code_postal": "99010",
                    "ville": "VALMORAN",
                }
                | champs
            ),
        )


def rattachement(
    qui: Compte,
    a: Structure,
    *,
    role: Role = Role.GESTIONNAIRE_PRINCIPAL,
    profils: list[Profil] | None = None,
    niveau: Niveau = Niveau.MODIFICATION,
    **champs: Any,
) -> Rattachement:
    """Attach an account to a structure, with every profile of its kind unless told otherwise."""
    monde = qui.cohort
    if profils is None:
        profils = [ligne.profil for ligne in offerts(publique=a.est_publique)]
    with monde.monde():
        lien = Rattachement.objects.create(
            cohort=monde,
            place=qui.place,
            compte=qui,
            structure=a,
            role=role,
            **({"statut": StatutRattachement.VALIDEE} | champs),
        )
        Habilitation.objects.bulk_create(
            Habilitation(cohort=monde, place=qui.place, rattachement=lien, profil=p, niveau=niveau) for p in profils
        )
    return lien


def mandat(de: Structure, **champs: Any) -> Mandat:
    """The mandate in force of a structure."""
    with de.cohort.monde():
        return Mandat.objects.create(
            cohort=de.cohort,
            place=de.place,
            structure=de,
            **({"nom": "Mandat de facturation", "signataire": "Nadia Poste01"} | champs),
        )


def service(de: Structure, code: str = "SRV-01", **champs: Any) -> Service:
    with de.cohort.monde():
        return Service.objects.create(
            cohort=de.cohort, place=de.place, structure=de, code=code, **({"libelle": f"Service {code}"} | champs)
        )


def publique(monde: Cohort, siret: str = VALMORAN) -> Structure:
    """A public recipient of the pack, by SIRET."""
    with monde.monde():
        trouvee = Structure.objects.get(identifiant=siret)
    trouvee.cohort = monde
    return trouvee


def brouillon(
    fournisseur: Structure,
    destinataire: Structure | None,
    *,
    compte: Compte | None = None,
    lignes: list[tuple[str, str, str]] | None = None,
    avec_lignes: bool = True,
    **champs: Any,
) -> Facture:
    """A draft that the rules accept: one line of 100.00 at 20 %; ``lignes`` = (quantité, prix, taux)."""
    monde = fournisseur.cohort
    detail = [(Decimal(q), Decimal(p), Decimal(t)) for q, p, t in lignes or [("1", "100.00", "20")]]
    bases: dict[Decimal, Decimal] = {}
    for quantite, prix, taux in detail:
        bases[taux] = bases.get(taux, Decimal(0)) + quantite * prix
    ht = sum(bases.values(), Decimal(0))
    tva = sum((base * taux / 100 for taux, base in bases.items()), Decimal(0))
    with monde.monde():
        facture = Facture.objects.create(
            cohort=monde,
            place=fournisseur.place,
            fournisseur=fournisseur,
            destinataire=destinataire,
            cree_par=compte,
            **(
                {
                    "numero": "F-2026-001",
                    "mode_depot": ModeDepot.SAISIE_PORTAIL,
                    "date_facture": monde.ancrage,
                    "montant_ht": ht,
                    "montant_tva": tva,
                    "montant_ttc": ht + tva,
                    "montant_a_payer": ht + tva,
                    "statut": Statut.BROUILLON,
                }
                | champs
            ),
        )
        commun = {"cohort": monde, "place": fournisseur.place, "facture": facture}
        if avec_lignes:
            LignePoste.objects.bulk_create(
                LignePoste(
                    **commun,
                    numero=rang,
                    denomination=f"Fenêtre {rang}",
                    quantite=quantite,
                    unite="unité",
                    prix_unitaire=prix,
                    taux=taux,
                    montant_ht=quantite * prix,
                )
                for rang, (quantite, prix, taux) in enumerate(detail, 1)
            )
            LigneTva.objects.bulk_create(
                LigneTva(**commun, taux=taux, base=base, montant=base * taux / 100) for taux, base in bases.items()
            )
    return facture


def facture(
    fournisseur: Structure,
    destinataire: Structure,
    *,
    statut: Statut = Statut.DEPOSEE,
    depuis: datetime | None = None,
    compte: Compte | None = None,
    **champs: Any,
) -> Facture:
    """An invoice already sent, in any status, with the lines of history that a reader expects."""
    if statut in AVANT_ENVOI:
        return brouillon(fournisseur, destinataire, compte=compte, statut=statut, **champs)
    monde = fournisseur.cohort
    depot = datetime.combine(champs.get("date_facture") or monde.ancrage, time(10), tzinfo=monde.zone)
    instant = depuis or depot
    livree = statut not in (Statut.DEPOSEE, Statut.EN_COURS_ACHEMINEMENT)
    envoyee = brouillon(
        fournisseur,
        destinataire,
        compte=compte,
        **(
            {
                "statut": statut,
                "statut_depuis": instant,
                "siren_fournisseur": fournisseur.siren,
                "annee": (champs.get("date_facture") or monde.ancrage).year,
                "date_depot": depot,
                "date_mise_a_disposition": depot + timedelta(seconds=3) if livree else None,
            }
            | champs
        ),
    )
    suite = [Statut.DEPOSEE]
    if statut != Statut.DEPOSEE:
        suite.append(Statut.EN_COURS_ACHEMINEMENT)
    if livree:
        suite.append(Statut.MISE_A_DISPOSITION)
    if statut not in suite:
        suite.append(statut)
    with monde.monde():
        HistoriqueStatut.objects.bulk_create(
            HistoriqueStatut(
                cohort=monde,
                place=fournisseur.place,
                facture=envoyee,
                action=Action.ENVOYER if rang == 0 else Action.ACHEMINER,
                statut_avant=suite[rang - 1] if rang else Statut.BROUILLON,
                statut=pas,
                survenu_le=instant if pas == statut else depot + timedelta(seconds=rang),
                acteur=Acteur.FOURNISSEUR if rang == 0 else Acteur.PLATEFORME,
                compte=compte if rang == 0 else None,
                auteur=str(compte) if rang == 0 and compte else "Chorus Pro (simulé)",
            )
            for rang, pas in enumerate(suite)
        )
    return envoyee
