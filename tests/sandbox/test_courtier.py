"""Queue of the small installation: a message is seen whole, taken once, and a bad one stops nobody."""

from queue import Empty

import pytest
from kombu import Connection

from sandbox import courtier


@pytest.fixture
def canal(tmp_path):
    courtier.enregistrer()
    options = {"data_folder_in": str(tmp_path), "data_folder_out": str(tmp_path), "control_folder": str(tmp_path / "c")}
    with Connection("fichiers://", transport_options=options) as connexion:
        yield connexion.channel()


def test_les_messages_sortent_dans_l_ordre_et_une_fois(canal):
    for n in range(5):
        canal._put("travaux", {"n": n})
    assert [canal._get("travaux")["n"] for _ in range(5)] == [0, 1, 2, 3, 4]
    with pytest.raises(Empty):
        canal._get("travaux")


def test_les_files_ne_se_melangent_pas(canal):
    canal._put("autre", {"n": 1})
    with pytest.raises(Empty):
        canal._get("travaux")
    assert canal._get("autre") == {"n": 1}


def test_un_message_en_cours_d_ecriture_n_est_pas_vu(canal, tmp_path):
    (tmp_path / ".1_x.travaux.msg").write_text("")
    with pytest.raises(Empty):
        canal._get("travaux")


def test_un_message_illisible_est_mis_de_cote(canal, tmp_path):
    (tmp_path / "0_x.travaux.msg").write_text('{"tronq')
    canal._put("travaux", {"n": 1})
    assert canal._get("travaux") == {"n": 1}
    assert (tmp_path / ".illisible-0_x.travaux.msg").exists()


def test_une_table_lue_au_milieu_de_son_ecriture_est_relue(canal, monkeypatch):
    lectures = iter([ValueError("tronquée"), [("", "", "travaux")]])

    def lire(self, exchange):
        suite = next(lectures)
        if isinstance(suite, ValueError):
            raise suite
        return suite

    monkeypatch.setattr(courtier.filesystem.Channel, "get_table", lire)
    assert canal.get_table("echange") == [("", "", "travaux")]
