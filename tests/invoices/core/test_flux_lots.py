"""Lots: a zip or a tar.gz of XML or of Factur-X, taken whole or refused whole, integrated invoice by invoice."""

import io
import tarfile
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction

from invoices.enums import EtatElement, EtatFlux, ModeDepot, Statut
from invoices.formats.cii import ecrire_cii
from invoices.models import ElementFlux, Facture, Flux, PieceJointe
from invoices.services import compte_rendu, integration, recevabilite
from invoices.services import flux as services
from sandbox import clock
from sandbox.documents import store
from sandbox.events import engine
from sandbox.events.models import DueEvent
from sandbox.mail.models import Message
from tests.invoices.core.conftest import FACTURE

CORPUS = Path(__file__).parents[2] / "data" / "corpus"


def cii(**champs):
    return ecrire_cii(replace(FACTURE, **champs))


def ubl():
    return (CORPUS / "ubl/own__ubl-a1-nominal.xml").read_bytes()


def zip_de(**membres):
    sortie = io.BytesIO()
    with zipfile.ZipFile(sortie, "w", zipfile.ZIP_DEFLATED) as archive:
        for nom, contenu in membres.items():
            archive.writestr(nom, contenu)
    return sortie.getvalue()


def tar_de(**membres):
    sortie = io.BytesIO()
    with tarfile.open(fileobj=sortie, mode="w:gz") as archive:
        for nom, contenu in membres.items():
            info = tarfile.TarInfo(nom)
            info.size = len(contenu)
            archive.addfile(info, io.BytesIO(contenu))
    return sortie.getvalue()


@pytest.fixture
def une_par_une(monkeypatch):
    """Slices of one invoice."""
    monkeypatch.setattr(integration, "TRANCHE", 1)


@pytest.fixture
def deposer(compte, structure, cohort):
    def faire(contenu, nom="lot.zip", **champs):
        with cohort.monde():
            flux = services.deposer_flux(
                cohort, compte=compte, fournisseur=structure, nom=nom, contenu=contenu, place=1, **champs
            )
        flux.cohort = cohort
        return flux

    return faire


@pytest.fixture
def integrer(deposer, cohort):
    def faire(contenu, nom="lot.zip", **champs):
        flux = deposer(contenu, nom, **champs)
        with cohort.monde():
            services.integrer(flux.pk)
            flux.refresh_from_db()
        flux.cohort = cohort
        return flux

    return faire


def elements(flux):
    with flux.cohort.monde():
        return [(e.numero, e.etat, [c["code"] for c in e.refus]) for e in flux.elements.order_by("rang")]


def techniques(flux):
    return [c["code"] for c in flux.compte_rendu]


OUI, NON = EtatElement.INTEGREE, EtatElement.REJETEE


@pytest.mark.parametrize(("faire", "nom"), [(zip_de, "lot.zip"), (tar_de, "lot.tar.gz")])
def test_un_lot_de_trois_dont_une_fausse(integrer, cohort, faire, nom):
    """I14: « Intégré partiellement », and the number of the refused one is free."""
    lot = {
        "1.xml": cii(numero="LOT-1"),
        "2.xml": cii(numero="LOT-2", code_service="INCONNU"),
        "3.xml": cii(numero="LOT-3"),
    }
    flux = integrer(faire(**lot), nom)
    assert (flux.etat, flux.syntaxe) == (EtatFlux.INTEGRE_PARTIEL, "IN_DP_E1_CII_16B")
    assert flux.numero == f"CPP0011106{flux.pk:015d}"
    assert elements(flux) == [("LOT-1", OUI, []), ("LOT-2", NON, ["SBX_005"]), ("LOT-3", OUI, [])]
    with cohort.monde():
        assert set(Facture.objects.values_list("numero", "statut")) == {
            ("LOT-1", Statut.DEPOSEE),
            ("LOT-3", Statut.DEPOSEE),
        }
        (mail,) = Message.objects.filter(type="N9")
    assert mail.objet.endswith(f"Flux {flux.numero} – Intégré partiellement")
    assert "Facture LOT-2 : " in mail.corps
    assert "ne déposez à nouveau que celles-ci" in mail.corps
    encore = integrer(cii(numero="LOT-2"), "corrigee.xml")
    assert (encore.etat, elements(encore)) == (EtatFlux.INTEGRE, [("LOT-2", OUI, [])])


def test_un_lot_entierement_juste_ou_entierement_faux(integrer, cohort):
    flux = integrer(zip_de(**{"a.xml": cii(numero="A-1"), "b.xml": cii(numero="B-1")}))
    assert flux.etat == EtatFlux.INTEGRE
    with cohort.monde():
        assert not Message.objects.filter(type="N9").exists()
    flux = integrer(zip_de(**{"a.xml": cii(numero="A-1"), "b.xml": cii(numero="B-2", code_service="X")}))
    assert (flux.etat, elements(flux)) == (EtatFlux.REJETE, [("A-1", NON, ["SBX_010"]), ("B-2", NON, ["SBX_005"])])


def test_le_meme_numero_deux_fois_le_premier_gagne(integrer):
    flux = integrer(zip_de(**{"a.xml": cii(numero="A-1"), "b.xml": cii(numero="A-1", commentaire="autre")}))
    assert flux.etat == EtatFlux.INTEGRE_PARTIEL
    assert elements(flux) == [("A-1", OUI, []), ("A-1", NON, ["SBX_010"])]


def test_un_lot_de_factur_x(integrer, facturx, cohort):
    un, deux = facturx(numero="FX-1"), facturx(numero="FX-2")
    flux = integrer(zip_de(**{"1.pdf": un, "2.pdf": deux}))
    assert (flux.etat, flux.syntaxe) == (EtatFlux.INTEGRE, "IN_DP_E2_CII_FACTURX")
    with cohort.monde():
        pieces = PieceJointe.objects.filter(principale=True).order_by("facture__numero")
        assert [(p.facture.numero, p.nom, store.open_bytes(p.empreinte)) for p in pieces] == [
            ("FX-1", "1.pdf", un),
            ("FX-2", "2.pdf", deux),
        ]


def test_une_erreur_technique_condamne_tout_le_flux(integrer, facturx, cohort):
    juste = cii(numero="A-1")
    for membres, codes in (
        ({"a.xml": juste, "b.xml": b"<a>"}, ["IRR_SYNTAX"]),
        ({"a.xml": juste, "b.xml": b"<a/>"}, ["IRR_SYNTAX"]),
        ({"a.xml": juste, "b.pdf": facturx()}, ["IRR_TYPE_F"]),
        ({"a.xml": juste, "b.txt": b"x"}, ["IRR_TYPE_F"]),
        ({"a.xml": juste, "b.xml": b""}, ["IRR_VIDE_F"]),
        ({"a.xml": juste, "b.xml": ubl()}, ["IRR_TYPE"]),
        ({"a.xml": juste, "b.zip": zip_de(x=b"x")}, ["IRR_EXTRAC"]),
        ({"../a.xml": juste}, ["IRR_NOM_F"]),
        ({"a.xml": juste.replace(b"20261207", b"20261399")}, ["ERR_XSD_001"]),
    ):
        flux = integrer(zip_de(**membres))
        assert (flux.etat, techniques(flux)) == (EtatFlux.REJETE, codes), membres.keys()
        assert all(c["libelle"] and c["conseil"] and c["message"] for c in flux.compte_rendu)
    with cohort.monde():
        assert not Facture.objects.exists()
        assert not ElementFlux.objects.exists()


def test_le_schema_refuse_une_structuree_avec_les_mots_du_vrai_compte_rendu(integrer):
    faux = cii().replace(b">3126.14<", b">-3 126,14<")
    flux = integrer(faux, "facture.xml")
    (premier, *_) = flux.compte_rendu
    assert premier["code"] == "ERR_XSD_001"
    assert premier["libelle"].startswith(
        "IRRECEVABILITE: cvc-datatype-valid.1.2.1: '-3 126,14' is not a valid value for 'decimal'. - ligne: "
    )
    assert " - position: " in premier["libelle"]
    assert premier["detail"]


def test_les_erreurs_techniques_sont_bornees(integrer):
    flux = integrer(zip_de(**{f"{n}.xml": b"<a>%d" % n for n in range(60)}))
    assert len(flux.compte_rendu) == 50


def test_le_nombre_et_la_taille_sont_bornes(integrer):
    flux = integrer(zip_de(**{f"{n}.xml": b"<a/>" for n in range(501)}))
    assert techniques(flux) == ["IRR_EXTRAC"]
    flux = integrer(zip_de(**{"a.xml": b"<a>" + b" " * 15_000_000}))
    assert techniques(flux) == ["IRR_EXTRAC"]


def test_le_moteur_integre_un_lot_par_tranches(deposer, cohort):
    flux = deposer(zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(3)}))
    bilan = engine.advance(cohort, cohort.sim_reference + timedelta(minutes=1))
    assert bilan.effets["Factures d'un lot contrôlées"] == 1
    assert bilan.effets["Flux intégré"] == 1
    with cohort.monde():
        flux.refresh_from_db()
        kinds = list(DueEvent.objects.filter(kind__contains="element").values_list("etat", "echec"))
        assert Facture.objects.count() == 3
    assert flux.etat == EtatFlux.INTEGRE
    assert flux.commence_le is not None
    assert kinds == [("joue", "")]


def test_les_etats_avancent_horloge_arretee(deposer, cohort):
    """Real seconds: waiting, then under way, then final."""
    flux = deposer(cii(), "facture.xml")

    def etat():
        with cohort.monde():
            engine.play_due(cohort)
            flux.refresh_from_db()
        return flux.etat

    assert etat() == EtatFlux.EN_ATTENTE
    with cohort.monde():
        DueEvent.objects.filter(kind=services.COMMENCER).update(reel_le=clock.real_now())
    assert etat() == EtatFlux.EN_COURS
    with cohort.monde():
        assert integration.commencer(flux.pk) is None
        DueEvent.objects.filter(kind=services.INTEGRER).update(reel_le=clock.real_now())
    assert etat() == EtatFlux.INTEGRE
    with cohort.monde():
        assert integration.ouvrir(flux.pk) is None
        assert integration.clore(flux.pk) is None


def test_tue_au_milieu_puis_repris(deposer, cohort, monkeypatch):
    """The second invoice is cut: the first stays, the rest resumes, nothing twice."""
    flux = deposer(zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(3)}))
    vrai, vus = integration.creer, []

    def couper(recu, element, *reste):
        vus.append(element.rang)
        if len(vus) == 2:
            raise KeyboardInterrupt
        return vrai(recu, element, *reste)

    monkeypatch.setattr(integration, "creer", couper)
    with cohort.monde(), pytest.raises(KeyboardInterrupt):
        services.integrer(flux.pk)
    with cohort.monde():
        assert list(Facture.objects.values_list("numero", flat=True)) == ["L-0"]
        flux.refresh_from_db()
    assert flux.etat == EtatFlux.EN_COURS
    with cohort.monde():
        assert services.integrer(flux.pk) == "Flux intégré"
        assert Facture.objects.count() == 3
        assert services.integrer(flux.pk) is None
        element = ElementFlux.objects.first()
        assert integration.integrer_tranche(element.pk) is None
    assert vus == [1, 2, 2, 3]


@pytest.mark.usefixtures("une_par_une")
def test_une_facture_oubliee_est_rejetee_a_la_cloture(deposer, cohort):
    flux = deposer(zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(2)}))
    with cohort.monde(), transaction.atomic():
        assert integration.ouvrir(flux.pk) == "En cours de traitement"
        assert integration.ouvrir(flux.pk) == "En cours de traitement"
        assert DueEvent.objects.filter(kind=services.ELEMENT).count() == 2
        premier = ElementFlux.objects.first()
        integration.integrer_tranche(premier.pk)
        DueEvent.objects.filter(kind=services.ELEMENT).update(etat="joue")  # the second one failed
        assert integration.clore(flux.pk) == "Flux intégré partiellement"
    assert elements(flux) == [("L-0", OUI, []), ("", NON, ["IRR_EXTRAC"])]


@pytest.mark.usefixtures("une_par_une")
def test_la_cloture_vient_apres_les_factures_qu_un_autre_n_a_pas_finies(deposer, cohort):
    """A worker was at the second invoice, and died: it is played again before the flow is closed."""
    flux = deposer(zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(2)}))
    with cohort.monde():
        with transaction.atomic():
            integration.ouvrir(flux.pk)
            integration.integrer_tranche(ElementFlux.objects.first().pk)
            assert integration.clore(flux.pk) is None
        DueEvent.objects.filter(kind=services.CLORE).exclude(cle__endswith=f":{flux.pk}").get()
        flux.refresh_from_db()
        assert flux.etat == EtatFlux.EN_COURS
    engine.advance(cohort, cohort.sim_reference + timedelta(minutes=1))
    assert [etat for _, etat, _ in elements(flux)] == [OUI, OUI]
    with cohort.monde():
        flux.refresh_from_db()
    assert flux.etat == EtatFlux.INTEGRE


@pytest.mark.usefixtures("une_par_une")
def test_un_fichier_disparu_ou_change_ne_bloque_pas(deposer, cohort, monkeypatch):
    monkeypatch.setattr(recevabilite.lus_en_attente, "rendre", lambda cle: None)  # another process opened the flow
    flux = deposer(zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(2)}))
    with cohort.monde(), transaction.atomic():
        integration.ouvrir(flux.pk)
        un, deux = ElementFlux.objects.all()
        store.delete([un.empreinte])
        ElementFlux.objects.filter(pk=deux.pk).update(empreinte=store.store(b"<a>"))
        assert integration.integrer_tranche(un.pk) == integration.TRAITEES
        assert integration.integrer_tranche(deux.pk) == integration.TRAITEES
    assert [codes for *_, codes in elements(flux)] == [["IRR_EXTRAC"], ["IRR_SYNTAX"]]


# --- at the door


@pytest.mark.parametrize(
    ("contenu", "nom", "dit"),
    [
        (b"", "facture.xml", "est vide"),
        (b"x" * 31_000_000, "facture.xml", "dépasse 30 Mo"),
        (b"MZ\x90", "facture.exe", "n'est pas d'un type accepté"),
        (b"<a/>", "facture", "Gardez l'extension"),
        (b"\x00\x01\x02", "facture.xml", "n'est pas reconnu"),
        (zip_de(), "lot.zip", "Rien n'a pu être lu"),
        (b"PK\x03\x04abime", "lot.zip", "Rien n'a pu être lu"),
        (zip_de(**{"a.txt": b"bonjour"}), "lot.zip", "ni XML ni PDF"),
    ],
)
def test_ce_que_le_portail_refuse_tout_de_suite(deposer, cohort, contenu, nom, dit):
    with pytest.raises(services.FluxRefuse, match=dit):
        deposer(contenu, nom)
    with cohort.monde():
        assert not Flux.objects.exists()
        assert not DueEvent.objects.exists()


def test_un_syntaxe_flux_inconnu(deposer):
    with pytest.raises(services.FluxRefuse, match="syntaxeFlux"):
        deposer(cii(), "f.xml", syntaxe="IN_DP_E1_XCBL")


def test_le_syntaxe_flux_est_lu_dans_le_fichier(deposer, facturx):
    minimal = cii().replace(b"urn:cen.eu:en16931:2017", b"urn:factur-x.eu:1p0:minimum")
    assert deposer(cii(numero="1"), "a.xml").syntaxe == "IN_DP_E1_CII_16B"
    assert deposer(ubl(), "b.xml").syntaxe == "IN_DP_E1_UBL_INVOICE"
    assert deposer(minimal, "c.xml").syntaxe == "IN_DP_E2_CII_MIN_16B"
    assert deposer(facturx(), "d.pdf").syntaxe == "IN_DP_E2_CII_FACTURX"
    assert deposer(b"<a", "e.xml").syntaxe == "IN_DP_E1_CII_16B"
    assert deposer(b'<?xml version="1.0" encoding="inconnu"?><x/>', "g.xml").syntaxe == "IN_DP_E1_CII_16B"
    assert deposer(b"\xff\xfe" + "<a/>".encode("utf-16-le"), "f.xml").syntaxe == "IN_DP_E1_CII_16B"
    assert deposer(zip_de(**{"lisez": b"x", "b.xml": ubl()})).syntaxe == "IN_DP_E1_UBL_INVOICE"


def test_un_disque_plein_ne_laisse_rien(deposer, cohort, monkeypatch):
    import errno

    from django.core.files.storage import FileSystemStorage

    def plein(self, nom, contenu, **_):
        chemin = Path(self.path(nom))
        chemin.parent.mkdir(parents=True, exist_ok=True)
        chemin.write_bytes(b"moitie")
        raise OSError(errno.ENOSPC, "No space left on device")

    avant = store.listing()
    with monkeypatch.context() as panne:
        panne.setattr(FileSystemStorage, "_save", plein)
        with pytest.raises(services.FluxRefuse, match="plus de place"):
            deposer(cii(), "facture.xml")
    with cohort.monde():
        assert not Flux.objects.exists()
    assert store.listing() == avant
    assert deposer(cii(), "facture.xml").etat == EtatFlux.EN_ATTENTE


def test_une_autre_panne_de_disque_reste_une_panne(deposer, monkeypatch):
    def refuser(contenu):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(store, "store", refuser)
    with pytest.raises(PermissionError):
        deposer(cii(), "facture.xml")


@pytest.mark.parametrize(("message", "attendu"), [("database or disk is full", services.FluxRefuse), ("locked", None)])
def test_une_base_pleine(deposer, monkeypatch, message, attendu):
    from django.db import OperationalError

    def echouer(*_):
        raise OperationalError(message)

    monkeypatch.setattr(services, "schedule", echouer)
    with pytest.raises(attendu or OperationalError):
        deposer(cii(), "facture.xml")


def test_un_disque_plein_pendant_l_integration(deposer, integrer, cohort, monkeypatch):
    lot = zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(2)})
    flux = deposer(lot)

    def plein(contenu):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as panne, cohort.monde():
        panne.setattr(store, "store", plein)
        assert services.integrer(flux.pk) == "Flux rejeté"
        flux.refresh_from_db()
    assert techniques(flux) == ["IRR_EXTRAC"]
    assert "plus de place" in flux.compte_rendu[0]["message"]
    assert integrer(lot).etat == EtatFlux.INTEGRE


def test_un_incident_imprevu_est_une_erreur_du_flux(deposer, cohort, monkeypatch):
    from invoices.services import recevabilite

    flux = deposer(cii(), "facture.xml")

    def casser(*_, **__):
        raise RuntimeError

    with monkeypatch.context() as panne, cohort.monde():
        panne.setattr(recevabilite, "lire_document", casser)
        assert services.integrer(flux.pk) == "Flux rejeté"
        flux.refresh_from_db()
    assert "n'a pas pu être traité" in flux.compte_rendu[0]["message"]


def test_une_valeur_que_la_base_refuse(integrer, monkeypatch):
    from django.db import DataError

    def refuser(*_):
        raise DataError

    monkeypatch.setattr(integration, "creer", refuser)
    assert elements(integrer(cii(), "facture.xml")) == [("FX-1", NON, ["IRR_SYNTAX"])]


def test_le_moteur_rejette_un_flux_irrecevable(deposer, cohort):
    flux = deposer(b"<a>", "facture.xml")
    bilan = engine.advance(cohort, cohort.sim_reference + timedelta(minutes=1))
    assert bilan.effets["Flux rejeté"] == 1
    with cohort.monde():
        flux.refresh_from_db()
    assert techniques(flux) == ["IRR_SYNTAX"]


def test_une_base_inconnue_du_moteur_ne_fait_rien(cohort):
    with cohort.monde():
        assert integration.ouvrir(10**9) is None
        assert integration.clore(10**9) is None
        assert integration.commencer(10**9) is None


@pytest.mark.usefixtures("une_par_une")
def test_un_element_d_un_flux_clos_ne_bouge_plus(deposer, cohort):
    flux = deposer(zip_de(**{f"{n}.xml": cii(numero=f"L-{n}") for n in range(2)}))
    with cohort.monde(), transaction.atomic():
        integration.ouvrir(flux.pk)
        un, deux = ElementFlux.objects.all()
        assert integration.integrer_tranche(un.pk) == integration.TRAITEES
        assert integration.integrer_tranche(un.pk) is None
        DueEvent.objects.filter(kind=services.ELEMENT).update(etat="joue")
        integration.clore(flux.pk)
        assert integration.integrer_tranche(deux.pk) is None


# --- EDI: name of the flow


@pytest.mark.parametrize(
    ("nom_flux", "codes"),
    [
        ("FSO1106A_CPP001_CPP0011106000000000000001", []),
        ("FSO1106A_CPP001_CPP0011106000000000000001.xml", []),
        ("factures.xml", ["IRR_FORM"]),
        ("FSO1117A_CPP001_CPP0011117000000000000001", ["IRR_CODE_INTER"]),
        ("FSO1106A_XXX001_XXX0011106000000000000001", ["IRR_CODE_APP"]),
        ("FSO1106A_CPP001_ABC1231106000000000000001", ["IRR_CODE_APP"]),
    ],
)
def test_le_nom_edi_est_controle_quand_il_est_donne(integrer, nom_flux, codes):
    flux = integrer(cii(), "facture.xml", mode=ModeDepot.EDI, syntaxe="IN_DP_E1_CII_16B", nom_flux=nom_flux)
    assert techniques(flux) == codes
    assert flux.nom_officiel == nom_flux


def test_un_nom_edi_ne_sert_qu_une_fois(integrer, cohort):
    from invoices.syntaxes import CII

    with cohort.monde():
        nom = services.prochain_nom(CII)
    commun = {"mode": ModeDepot.EDI, "syntaxe": CII.code, "nom_flux": nom}
    assert integrer(cii(), "f.xml", **commun).etat == EtatFlux.INTEGRE
    assert techniques(integrer(cii(numero="FX-2"), "f.xml", **commun)) == ["IRR_UNICITE"]
    with cohort.monde():
        assert Facture.objects.get().mode_depot == ModeDepot.EDI


# --- compte rendu


def test_le_compte_rendu_a_les_champs_de_l_api(integrer):
    flux = integrer(
        zip_de(**{"1.xml": cii(numero="LOT-1"), "2.xml": cii(numero="LOT-2", code_service="X", date_echeance=None)})
    )
    with flux.cohort.monde():
        detail = compte_rendu.detaille(flux)
    assert detail["codeInterfaceDepotFlux"] == "FSO1106A"
    assert detail["etatCourantDepotFlux"] == "IN_INTEGRE_PARTIEL"
    assert detail["nomFichier"] == f"FSO1106A_CPP001_{flux.numero}"
    assert detail["listeErreurTechnique"] == []
    (erreur,) = detail["listeErreurDP"]
    assert (erreur["numeroDP"], erreur["identifiantDestinataire"]) == ("LOT-2", "00020001400017")
    assert len(erreur["libelleErreurDP"]) <= 255
    assert "é" not in erreur["libelleErreurDP"]
    un, deux = detail["bacASable"]["factures"]
    assert (un["fichier"], un["resultat"], un["erreurs"]) == ("1.xml", "Intégrée", [])
    assert deux["erreurs"][0]["code"] == "SBX_005"
    assert flux.nom_compte_rendu == f"CSO1106A_CPP001_{flux.numero}"


def test_le_compte_rendu_d_un_flux_irrecevable(integrer):
    flux = integrer(zip_de(**{"1.xml": b"<a>"}))
    with flux.cohort.monde():
        detail = compte_rendu.detaille(flux)
    (erreur,) = detail["listeErreurTechnique"]
    assert (erreur["codeErreur"], erreur["natureErreur"]) == ("IRR_SYNTAX", "Technique")
    assert detail["listeErreurDP"] == []
