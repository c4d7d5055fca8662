/* Saisie d'une facture : lignes, totaux au fil de la frappe, repères du document. Le serveur recalcule toujours.
   Les montants sont des entiers (BigInt) : mêmes arrondis que invoices/calculs.py, au centime, demi vers le haut. */
(() => {
  "use strict";

  const $ = (selecteur, racine = document) => racine.querySelector(selecteur);
  const $$ = (selecteur, racine = document) => [...racine.querySelectorAll(selecteur)];

  /* ---- Nombres décimaux exacts : {n: entier, e: décimales} ---- */
  const BLANCS = /[\s\u00a0\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff'’]+/g;
  function lire(texte) {
    let brut = (texte || "").replace(BLANCS, "").replace(/[\u2212\u2013]/g, "-").replace(/(€|EUR|eur)$/, "");
    if (/^[+-]?\d{1,3}(\.\d{3})+,\d+$/.test(brut)) brut = brut.replaceAll(".", "");
    else if (/^[+-]?\d{1,3}(,\d{3})+\.\d+$/.test(brut)) brut = brut.replaceAll(",", "");
    if (brut.length > 40 || !/^[+-]?(\d+([.,]\d*)?|[.,]\d+)$/.test(brut)) return null;
    const [entier, suite = ""] = brut.replace(/^[+-]/, "").split(/[.,]/);
    const n = BigInt((entier || "0") + suite);
    return { n: brut.startsWith("-") ? -n : n, e: suite.length };
  }
  const ZERO = { n: 0n, e: 0 };
  const a = (x, e) => x.n * 10n ** BigInt(e - x.e);
  const plus = (x, y) => { const e = Math.max(x.e, y.e); return { n: a(x, e) + a(y, e), e }; };
  const moins = (x, y) => plus(x, { n: -y.n, e: y.e });
  const fois = (x, y) => ({ n: x.n * y.n, e: x.e + y.e });
  function arrondir(x) {
    if (x.e <= 2) return { n: a(x, 2), e: 2 };
    const pas = 10n ** BigInt(x.e - 2);
    const absolu = x.n < 0n ? -x.n : x.n;
    const arrondi = (absolu + pas / 2n) / pas;
    return { n: x.n < 0n ? -arrondi : arrondi, e: 2 };
  }
  function ecrire(x, groupes = true) {
    const { n } = arrondir(x);
    const chiffres = (n < 0n ? -n : n).toString().padStart(3, "0");
    const entier = chiffres.slice(0, -2);
    const signe = n < 0n ? (groupes ? "\u2212" : "-") : "";
    return `${signe}${groupes ? entier.replace(/\B(?=(\d{3})+$)/g, "\u202f") : entier},${chiffres.slice(-2)}`;
  }
  const taux = (x) => {
    const texte = x.n.toString().padStart(x.e + 1, "0");
    const suite = x.e ? texte.slice(-x.e).replace(/0+$/, "") : "";
    return (x.e ? texte.slice(0, -x.e) : texte) + (suite ? `,${suite}` : "");
  };

  let formulaire = null;
  const champ = (rang, nom) => $(`[name$="-${nom}"]`, rang);
  const valeur = (nom) => formulaire.elements[nom]?.value ?? "";
  const devise = () => (valeur("devise") === "EUR" || !valeur("devise") ? "€" : valeur("devise"));
  const argent = (x) => (x ? `${ecrire(x)}\u202f${devise()}` : "–");
  const texte = (element, contenu) => { if (element && element.textContent !== contenu) element.textContent = contenu; };

  /* ---- Lignes ---- */
  const lignes = () => $$("[data-ligne]", $("[data-lignes]", formulaire) || formulaire);
  const SAISIS = ["denomination", "reference", "quantite", "prix_unitaire", "remise", "base", "montant"];
  const vide = (ligne) => SAISIS.every((nom) => !(champ(ligne, nom)?.value || "").trim());

  function calculer(ligne) {
    const quantite = lire(champ(ligne, "quantite")?.value);
    const prix = lire(champ(ligne, "prix_unitaire")?.value);
    const brute = champ(ligne, "remise")?.value.trim();
    const remise = brute ? lire(brute) : ZERO;
    const choix = champ(ligne, "taux")?.value;
    const t = choix === "autre" ? lire(champ(ligne, "taux_manuel").value) : lire(choix || "0");
    if (!quantite || !prix || !remise || !t) return null;
    const ht = arrondir(moins(fois(quantite, prix), remise));
    const tva = arrondir(fois(fois(ht, t), { n: 1n, e: 2 }));
    return { ht, tva, ttc: plus(ht, tva), taux: t };
  }

  function numeroter() {
    lignes().forEach((ligne, rang) => {
      $$("[data-ligne-rang]", ligne).forEach((e) => texte(e, String(rang + 1)));
      $$("[name], [id], [for], [aria-describedby]", ligne).forEach((e) => {
        for (const attribut of ["name", "id", "for", "aria-describedby"]) {
          const avant = e.getAttribute(attribut);
          if (avant) e.setAttribute(attribut, avant.replace(/(lignes|tva)-(\d+|__prefix__)-/g, `$1-${rang}-`));
        }
        if (e.name === "action") e.value = e.value.replace(/-ligne-.*$/, `-ligne-${rang}`);
      });
    });
    const total = $("[data-lignes-total]", formulaire);
    if (total) total.value = String(lignes().length);
  }

  function changer() {
    formulaire.elements[0]?.dispatchEvent(new Event("input", { bubbles: true })); // programme l'enregistrement automatique
  }

  function ajouter(apres, modele) {
    const liste = $("[data-lignes]", formulaire);
    const neuve = modele ? modele.cloneNode(true) : $("#modele-ligne").content.firstElementChild.cloneNode(true);
    if (modele) {
      $$("select", modele).forEach((liste0, rang) => { $$("select", neuve)[rang].value = liste0.value; });
      $$(".erreur", neuve).forEach((e) => e.remove());
      $$(".champ-faux, .is-invalid", neuve).forEach((e) => e.classList.remove("champ-faux", "is-invalid"));
      neuve.classList.remove("ligne-fausse");
    } else {
      const derniere = lignes().at(-1);
      if (derniere) for (const nom of ["unite", "taux"]) if (champ(neuve, nom)) champ(neuve, nom).value = champ(derniere, nom).value;
    }
    if (apres) apres.after(neuve); else liste.append(neuve);
    numeroter();
    totaliser();
    (champ(neuve, "denomination") || champ(neuve, "base")).focus();
    annoncer(`Ligne ${lignes().indexOf(neuve) + 1} ajoutée`);
  }

  function supprimer(ligne) {
    const rang = lignes().indexOf(ligne);
    ligne.remove();
    if (!lignes().length) { ajouter(null); return; }
    numeroter();
    totaliser();
    changer();
    const suivante = lignes()[Math.min(rang, lignes().length - 1)];
    (champ(suivante, "denomination") || champ(suivante, "base")).focus();
    annoncer(`Ligne ${rang + 1} supprimée`);
  }

  function annoncer(phrase) {
    const zone = $("#annonces");
    if (zone) zone.textContent = phrase;
  }

  /* ---- Récapitulatif et totaux ---- */
  function recapituler() {
    const bases = new Map();
    for (const ligne of lignes()) {
      const calcul = vide(ligne) ? null : calculer(ligne);
      texte($("[data-ligne-ht]", ligne), argent(calcul?.ht));
      texte($("[data-ligne-tva]", ligne), argent(calcul?.tva));
      texte($("[data-ligne-ttc]", ligne), argent(calcul?.ttc));
      if (!calcul) continue;
      const cle = taux(calcul.taux);
      const deja = bases.get(cle);
      bases.set(cle, { taux: calcul.taux, base: deja ? plus(deja.base, calcul.ht) : calcul.ht });
    }
    return [...bases.values()]
      .map((r) => ({ ...r, montant: arrondir(fois(fois(r.base, r.taux), { n: 1n, e: 2 })) }))
      .sort((x, y) => { const d = moins(y.taux, x.taux).n; return d > 0n ? 1 : d < 0n ? -1 : 0; });
  }

  function dessinerRecapitulatif(rangs) {
    const corps = $("[data-recapitulatif]", formulaire);
    if (!corps) return;
    corps.replaceChildren(...rangs.map((r) => {
      const tr = document.createElement("tr");
      const th = Object.assign(document.createElement("th"), { scope: "row", textContent: `${taux(r.taux)} %` });
      const cellule = (x) => Object.assign(document.createElement("td"), { className: "num", textContent: argent(x) });
      tr.append(th, cellule(r.base), cellule(r.montant));
      return tr;
    }));
    if (rangs.length) return;
    const td = Object.assign(document.createElement("td"), { colSpan: 3, className: "discret", textContent: "Se remplit avec les lignes de poste." });
    const tr = document.createElement("tr");
    tr.append(td);
    corps.append(tr);
  }

  /* ---- Montants groupés par milliers dès qu'on quitte le champ ; en cours de frappe, rien ne bouge ---- */
  const MONTANTS = /(^|-)(montant_\w+|remise_globale|acompte|prix_unitaire|remise|base|montant)$/;
  function grouper(entree) {
    if (!entree.name || !MONTANTS.test(entree.name) || entree.readOnly) return;
    const x = lire(entree.value);
    if (!x || x.e > 6 || entree.value.trim().length > 24) return;
    const [entier, suite] = taux({ n: x.n < 0n ? -x.n : x.n, e: x.e }).split(",");
    const decimales = (suite || "").padEnd(2, "0");
    entree.value = `${x.n < 0n ? "-" : ""}${entier.replace(/\B(?=(\d{3})+$)/g, "\u202f")},${decimales}`;
  }

  let suivi = false; // « Montant à payer » suit le TTC, moins l'acompte, tant que personne ne l'a changé
  const dejaPayee = () => valeur("cadre").startsWith("A2");
  const du = (ttc) => (dejaPayee() ? ZERO : moins(ttc, lire(valeur("acompte")) || ZERO));
  function totaliser() {
    const remise = lire(valeur("remise_globale")) || ZERO;
    const montrer = (nom, x) => texte($(`[data-total="${nom}"]`), argent(x));
    const payer = formulaire.elements.montant_a_payer;
    montrer("remise", remise);
    if ($("[data-recapitulatif]", formulaire)) {
      const rangs = recapituler();
      dessinerRecapitulatif(rangs);
      const ht = rangs.reduce((s, r) => plus(s, r.base), ZERO);
      const tva = rangs.reduce((s, r) => plus(s, r.montant), ZERO);
      const avant = plus(ht, tva);
      const ttc = arrondir(moins(avant, remise));
      const poser = (nom, x) => { formulaire.elements[nom].value = rangs.length ? ecrire(x) : ""; };
      poser("montant_ht", ht);
      poser("montant_tva", tva);
      poser("montant_ttc", ttc);
      for (const [nom, x] of Object.entries({ ht, tva, avant, ttc })) montrer(nom, rangs.length ? x : null);
      if (suivi && payer && payer !== document.activeElement) payer.value = rangs.length ? ecrire(du(ttc)) : "";
    } else {
      for (const nom of ["ht", "tva", "ttc"]) montrer(nom, lire(valeur(`montant_${nom}`)));
    }
    montrer("payer", payer ? lire(payer.value) : null);
    prevenirDesTaux();
    compter();
  }

  /* ---- Taux hors de la liste : accepté, signalé ---- */
  function prevenirDesTaux() {
    const avis = $("[data-taux-inhabituels]");
    if (!avis) return;
    const declares = avis.dataset.tauxInhabituels.split(" ").map(lire);
    const autres = new Set();
    for (const ligne of lignes()) {
      const choix = champ(ligne, "taux")?.value;
      const t = vide(ligne) ? null : choix === "autre" ? lire(champ(ligne, "taux_manuel").value) : lire(choix || "0");
      if (t && !declares.some((d) => moins(t, d).n === 0n)) autres.add(`${taux(t)}\u202f%`);
    }
    avis.hidden = !autres.size;
    texte($("[data-taux-liste]", avis), [...autres].join(", "));
  }

  /* ---- Compteur du commentaire ---- */
  function compter() {
    for (const compteur of $$("[data-compte]", formulaire)) {
      const nombre = [...valeur(compteur.dataset.compte)].length;
      texte(compteur, `${nombre} / ${compteur.dataset.maximum} caractères`);
      compteur.classList.toggle("trop", nombre > Number(compteur.dataset.maximum));
    }
  }

  /* ---- Autoliquidation : la coche écrit « Sans TVA », la mention et les taux ; la retirer les défait ---- */
  const MENTION = "Autoliquidation";
  function vue(oui) {
    let marque = formulaire.elements.autoliquidation_vue;
    if (oui && !marque) {
      marque = Object.assign(document.createElement("input"), { type: "hidden", name: "autoliquidation_vue", value: "1" });
      formulaire.elements.autoliquidation.after(marque);
    } else if (!oui) marque?.remove();
  }
  function autoliquider(oui) {
    const { type_tva: type, commentaire } = formulaire.elements;
    const sans = commentaire.value.split("\n").filter((ligne) => ligne.trim() !== MENTION).join("\n");
    if (oui) {
      type.dataset.avant = type.value;
      type.value = "SANS_TVA";
      const dit = commentaire.value.toLowerCase().includes(MENTION.toLowerCase());
      if (!dit) commentaire.value = `${sans.trimEnd()}\n${MENTION}`.trim();
    } else {
      if (type.value === "SANS_TVA") type.value = type.dataset.avant || "TVA_SUR_DEBIT";
      commentaire.value = sans;
    }
    for (const ligne of lignes()) {
      const liste = champ(ligne, "taux");
      if (!liste) continue;
      if (oui) { liste.dataset.avant = liste.value; liste.value = "0"; } else if (liste.dataset.avant) liste.value = liste.dataset.avant;
    }
    vue(oui);
    annoncer(oui ? "Sans TVA ; la mention Autoliquidation est dans le commentaire" : "Autoliquidation retirée");
  }
  function avantTotaux(cible) {
    const coche = formulaire.elements.autoliquidation;
    if (cible === coche) autoliquider(coche.checked);
    if (cible.name === "type_tva" && coche?.checked && cible.value !== "SANS_TVA") {
      coche.checked = false;
      autoliquider(false);
    }
    if (cible.name !== "cadre") return;
    const payer = formulaire.elements.montant_a_payer;
    const paye = lire(payer.value);
    if (dejaPayee()) payer.value = "0,00";
    else if (paye && paye.n === 0n) {
      suivi = true;
      const ttc = lire(valeur("montant_ttc"));
      payer.value = ttc ? ecrire(du(ttc)) : "";
    }
  }

  /* ---- Sommaire : coche quand le bloc est complet ---- */
  function cocher() {
    for (const bloc of $$("[data-bloc]", formulaire)) {
      const item = $(`[data-sommaire="${bloc.id}"]`);
      if (!item || bloc.dataset.bloc === "pieces") continue;
      let complet;
      if (bloc.dataset.bloc === "facultatif") complet = $$("textarea", bloc).some((e) => e.value.trim());
      else if (bloc.id === "bloc-lignes") complet = lignes().some((l) => !vide(l)) && lignes().every((l) => vide(l) || calculer(l));
      else if (bloc.id === "bloc-tva") complet = lignes().some((l) => !vide(l));
      else {
        // Ce qui est caché ne manque pas ; une recherche n'est pas un choix.
        complet = $$("[aria-required]", bloc).filter((e) => e.offsetParent).every((e) => e.value.trim() && !("requisChoix" in e.dataset));
        if (bloc.id === "bloc-destinataire" && !$("input[type=hidden][name=destinataire]", bloc)) complet = false;
      }
      item.classList.toggle("complet", Boolean(complet) && !$(".champ-faux", bloc));
      if (bloc.id === "bloc-lignes") $('[data-sommaire="bloc-tva"]')?.classList.toggle("complet", Boolean(complet));
    }
  }

  /* ---- Repères : le champ et l'endroit du document où il a été lu ---- */
  function montrerRepere(element, actif) {
    const nom = element?.dataset.lu;
    if (!nom) return;
    const repere = $(`[data-repere="${nom}"]`);
    element.classList.toggle("actif", actif);
    repere?.classList.toggle("actif", actif);
    const cadre = $(".document");
    if (!actif || !repere || !cadre || cadre.scrollHeight <= cadre.clientHeight) return;
    const ou = repere.getBoundingClientRect();
    const ici = cadre.getBoundingClientRect();
    if (ou.top < ici.top || ou.bottom > ici.bottom) cadre.scrollTop += ou.top - ici.top - ici.height / 3;
  }
  for (const [nom, actif] of [["focusin", true], ["focusout", false], ["mouseover", true], ["mouseout", false]]) {
    document.addEventListener(nom, (event) => montrerRepere(event.target.closest?.("[data-lu]"), actif));
  }

  /* ---- Branchement (la région est redessinée par htmx) ---- */
  document.addEventListener("input", (event) => {
    if (!formulaire?.contains(event.target)) return;
    if (event.target.name === "montant_a_payer") suivi = !event.target.value.trim();
    totaliser();
    cocher();
  });
  document.addEventListener("change", (event) => {
    if (!formulaire?.contains(event.target)) return;
    avantTotaux(event.target);
    totaliser();
    cocher();
  });
  document.addEventListener("focusout", (event) => { if (formulaire?.contains(event.target)) grouper(event.target); });

  document.addEventListener("click", (event) => {
    const bouton = event.target.closest("button");
    if (!bouton || !formulaire?.contains(bouton)) return;
    const ligne = bouton.closest("[data-ligne]");
    if (bouton.matches("[data-ligne-ajouter]")) { event.preventDefault(); ajouter(null); changer(); }
    if (bouton.matches("[data-ligne-dupliquer]")) { event.preventDefault(); ajouter(ligne, ligne); changer(); }
    if (!bouton.matches("[data-ligne-supprimer]")) return;
    event.preventDefault();
    if (vide(ligne) || bouton.classList.contains("a-confirmer")) { supprimer(ligne); return; }
    bouton.classList.add("a-confirmer");
    bouton.append(Object.assign(document.createElement("span"), { textContent: "Supprimer ?", className: "question" }));
  });
  document.addEventListener("focusout", (event) => {
    if (!event.target.matches?.(".a-confirmer")) return;
    event.target.classList.remove("a-confirmer");
    $(".question", event.target)?.remove();
  });

  document.addEventListener("keydown", (event) => {
    const ligne = formulaire && event.target.closest?.("[data-ligne]");
    if (event.key === "Enter" && formulaire?.contains(event.target) && event.target.matches("input:not([type=search])")) {
      event.preventDefault(); // Entrée n'envoie jamais la facture par surprise
      if (ligne && !vide(ligne)) { ajouter(ligne); changer(); }
    }
    if (event.key === "Delete" && ligne && event.target.matches("[data-ligne-supprimer]")) { event.preventDefault(); event.target.click(); }
  });

  function brancher() {
    formulaire = $("[data-saisie]");
    if (!formulaire) return;
    const payer = formulaire.elements.montant_a_payer;
    const paye = payer && lire(payer.value);
    const ttc = lire(valeur("montant_ttc"));
    suivi = Boolean(payer) && (!payer.value.trim() || Boolean(paye && ttc && moins(paye, du(ttc)).n === 0n));
    $$("input", formulaire).forEach((entree) => { if (entree !== document.activeElement && !entree.closest(".champ-faux")) grouper(entree); });
    totaliser();
    cocher();
  }
  /* ---- Import : le format suit le fichier, et l'attente se dit ---- */
  document.addEventListener("change", (event) => {
    const format = $("#id_format");
    const fichier = format && event.target.matches("#id_fichier") && event.target.files[0];
    if (fichier) format.value = /\.pdf$/i.test(fichier.name) ? "PDF" : "XML";
  });
  document.addEventListener("submit", (event) => {
    const attente = $("[data-attente]", event.target);
    if (attente && !event.defaultPrevented) attente.hidden = false;
  });
  window.addEventListener("pageshow", () => $$("[data-attente]").forEach((attente) => { attente.hidden = true; }));

  document.addEventListener("DOMContentLoaded", brancher);
  document.addEventListener("htmx:afterSettle", brancher);
})();
