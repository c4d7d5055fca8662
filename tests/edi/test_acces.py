"""The access of a partner: who has one, how it is renewed, the keys that it takes (comptes-structures.md §9.4)."""

import asyncssh
import pytest

from edi.models import AccesSftp
from edi.services import acces as services
from formation.services import exports
from sandbox import clock
from sandbox.snapshots import services as instantanes
from structures.enums import EtatRaccordement, TypeActe
from structures.models import ActeGestion

pytestmark = pytest.mark.django_db
E = EtatRaccordement
ED25519 = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()


class TestOuvrir:
    @pytest.mark.parametrize("etat", list(EtatRaccordement))
    def test_seulement_quand_la_fiche_est_validee(self, fiche, compte, monde, etat):
        une = fiche(etat=etat)
        if etat in (E.VALIDEE, E.ACTIVE, E.A_RENOUVELER):
            acces, secret = services.ouvrir(une, par=compte, version=0)
            assert (acces.identifiant, acces.place, len(secret)) == (f"{monde.code}-abc123".lower(), 1, 20)
            acte = ActeGestion.objects.get(type=TypeActe.RACCORDEMENT)
            assert acte.apres == {"etat": "Accès SFTP créé"}
        else:
            with pytest.raises(services.AccesRefuse, match="validée"):
                services.ouvrir(une, par=compte, version=0)

    def test_une_fiche_api_n_en_a_pas(self, fiche, compte, monde):
        with pytest.raises(services.AccesRefuse):
            services.ouvrir(fiche(mode="API"), par=compte, version=0)

    def test_un_double_clic_ne_tire_qu_un_mot_de_passe(self, fiche, compte, monde):
        une = fiche()
        premier, secret = services.ouvrir(une, par=compte, version=0)
        assert services.ouvrir(une, par=compte, version=0) == (premier, "")
        renouvele, autre = services.ouvrir(une, par=compte, version=1)
        assert services.ouvrir(une, par=compte, version=1) == (premier, "")
        assert (renouvele.version, secret != autre) == (2, True)
        assert services.par_mot_de_passe(premier.identifiant, secret) is None
        assert services.par_mot_de_passe(premier.identifiant, autre) == premier.pk

    def test_une_page_perimee_ne_cree_rien(self, fiche, compte, monde):
        with pytest.raises(services.AccesRefuse):
            services.ouvrir(fiche(), par=compte, version=3)

    def test_le_meme_code_partenaire_sur_deux_fiches(self, fiche, ouvrir, monde):
        noms = [ouvrir(fiche())[0].identifiant for _ in range(3)]
        base = f"{monde.code}-abc123".lower()
        assert noms == [base, f"{base}-2", f"{base}-3"]

    def test_l_instantane_et_la_remise_a_zero(self, fiche, ouvrir, cohort):
        acces, secret = ouvrir(fiche())
        garde = instantanes.take(cohort, "avec")
        instantanes.reset(cohort)
        assert services.par_mot_de_passe(acces.identifiant, secret) is None
        with pytest.raises(services.AccesFerme), services.monde(acces.pk):
            pass
        instantanes.restore(cohort, garde)
        assert services.par_mot_de_passe(acces.identifiant, secret) == acces.pk
        with services.monde(acces.pk) as ouvert:
            assert ouvert.fiche.structure.cohort == cohort

    def test_les_acces_sont_dans_cohort_show(self, fiche, ouvrir, cohort, settings):
        acces, _ = ouvrir(fiche())
        (ligne,) = exports.montrer(cohort)["acces_sftp"]
        assert (ligne["identifiant"], ligne["fiche"], ligne["place"]) == (acces.identifiant, acces.fiche_id, 1)
        assert ligne["port"] == settings.SFTP_PORT


class TestMotDePasse:
    def test_cinq_faux_bloquent_et_un_bon_remet_a_zero(self, acces_et_mot_de_passe, monde, monkeypatch):
        acces, secret = acces_et_mot_de_passe
        for _ in range(4):
            assert services.par_mot_de_passe(acces.identifiant, "faux") is None
        assert services.par_mot_de_passe(acces.identifiant, secret) == acces.pk
        acces.refresh_from_db()
        assert (acces.echecs, acces.est_bloque()) == (0, False)
        for _ in range(5):
            services.par_mot_de_passe(acces.identifiant, "faux")
        acces.refresh_from_db()
        assert acces.est_bloque()
        assert services.par_mot_de_passe(acces.identifiant, secret) is None
        apres = acces.bloque_jusqua
        monkeypatch.setattr(clock, "real_now", lambda: apres)
        assert services.par_mot_de_passe(acces.identifiant, secret) == acces.pk

    def test_inconnu_ou_impossible(self, partenaire):
        assert services.par_mot_de_passe("inconnu", "x") is None
        assert services.par_mot_de_passe("a\x00b", "x") is None
        assert services.par_cle("inconnu", "SHA256:x") is None

    def test_ferme(self, fiche, ouvrir, monde):
        une = fiche()
        acces, secret = ouvrir(une)
        services.ajouter_cle(acces, ED25519)
        assert services.par_cle(acces.identifiant, acces.cles[0]["empreinte"]) == acces.pk
        une.etat = E.CLOTUREE
        une.save()
        assert services.par_mot_de_passe(acces.identifiant, secret) is None
        assert services.par_cle(acces.identifiant, acces.cles[0]["empreinte"]) is None
        with pytest.raises(services.AccesFerme), services.monde(acces.pk):
            pass

    def test_le_deposant(self, partenaire, compte, monde):
        assert services.deposant(partenaire) == compte
        partenaire.fiche.structure.rattachements.all().delete()
        assert services.deposant(partenaire) == compte  # who made the access
        partenaire.cree_par = None
        assert services.deposant(partenaire) is None


class TestCles:
    def test_ajouter_deux_fois_puis_retirer(self, partenaire, monde):
        assert services.ajouter_cle(partenaire, f"  {ED25519} poste de Nadia \n")
        assert not services.ajouter_cle(partenaire, ED25519)
        (cle,) = AccesSftp.objects.get().cles
        assert (cle["commentaire"], cle["empreinte"][:7]) == ("poste de Nadia", "SHA256:")
        assert services.retirer_cle(partenaire, cle["empreinte"])
        assert not services.retirer_cle(partenaire, cle["empreinte"])
        assert AccesSftp.objects.get().cles == []

    @pytest.mark.parametrize(
        ("texte", "mots"),
        [
            ("", "OpenSSH"),
            ("bonjour", "OpenSSH"),
            (f"{ED25519}\n{ED25519}", "OpenSSH"),
            ("ssh-ed25519 " + "A" * 5000, "OpenSSH"),
            ("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA", "clé privée"),
            ("ssh-dss AAAA", "non admis"),
            ("ssh-ed25519 AAAA", "abîmée"),
            (ED25519.replace("ssh-ed25519", "ssh-rsa", 1), "abîmée"),
            (asyncssh.generate_private_key("ssh-rsa", key_size=1024).export_public_key().decode(), "2048 bits"),
        ],
        ids=["vide", "autre", "deux", "longue", "privee", "dsa", "abimee", "menteuse", "courte"],
    )
    def test_ce_qui_n_est_pas_pris(self, partenaire, monde, texte, mots):
        with pytest.raises(services.AccesRefuse, match=mots) as refus:
            services.ajouter_cle(partenaire, texte)
        assert refus.value.champ == "cle"
        assert AccesSftp.objects.get().cles == []

    @pytest.mark.parametrize("genre", ["ecdsa-sha2-nistp256", "ssh-rsa"])
    def test_les_autres_genres(self, partenaire, monde, genre):
        assert services.ajouter_cle(partenaire, asyncssh.generate_private_key(genre).export_public_key().decode())

    def test_cinq_au_plus(self, partenaire, monde):
        for _ in range(5):
            services.ajouter_cle(partenaire, asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode())
        with pytest.raises(services.AccesRefuse, match="5 clés"):
            services.ajouter_cle(partenaire, ED25519)
