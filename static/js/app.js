/* Comportements communs, branchés par attributs data-bas-*. Sans script, chaque écran fonctionne quand même. */
(() => {
  "use strict";

  const $ = (selecteur, racine = document) => racine.querySelector(selecteur);
  const $$ = (selecteur, racine = document) => [...racine.querySelectorAll(selecteur)];
  const on = (nom, action, options) => document.addEventListener(nom, action, options);

  function annoncer(texte) {
    const zone = $("#annonces");
    if (!zone) return;
    zone.textContent = "";
    window.setTimeout(() => { zone.textContent = texte; }, 50);
  }

  function toast(texte) {
    const boite = document.createElement("div");
    boite.className = "toast-bas";
    const phrase = document.createElement("span");
    phrase.textContent = texte;
    const fermer = document.createElement("button");
    fermer.type = "button";
    fermer.textContent = "Fermer";
    fermer.addEventListener("click", () => boite.remove());
    boite.append(phrase, fermer);
    $("#toasts").replaceChildren(boite);
    window.setTimeout(() => boite.remove(), 12000);
  }

  /* ---- Copier un identifiant sans ses espaces ---- */
  on("copy", (event) => {
    const selection = document.getSelection();
    if (!selection.rangeCount || selection.isCollapsed) return;
    const texte = selection.toString().trim();
    const touche = $$("[data-copie]").some((identifiant) => selection.containsNode(identifiant, true));
    if (!touche || !/^[\d\s]+$/.test(texte)) return;
    event.clipboardData.setData("text/plain", texte.replace(/\s/g, ""));
    event.preventDefault();
  });
  // A classroom's server speaks plain http: there the browser has no clipboard of its own, but still obeys this command.
  function copier(texte, bouton) {
    if (navigator.clipboard) return navigator.clipboard.writeText(texte);
    const zone = Object.assign(document.createElement("textarea"), { value: texte, className: "visually-hidden" });
    bouton.after(zone);
    zone.select();
    const fait = document.execCommand("copy");
    zone.remove();
    bouton.focus();
    return fait ? Promise.resolve() : Promise.reject(new Error("copie refusée"));
  }
  on("click", async (event) => {
    const bouton = event.target.closest("[data-bas-copier]");
    if (!bouton) return;
    try {
      await copier(bouton.dataset.basCopier, bouton);
      annoncer("Copié");
      bouton.classList.add("copie");
      window.setTimeout(() => bouton.classList.remove("copie"), 1500);
    } catch {
      toast(`Copie impossible ici. Valeur : ${bouton.dataset.basCopier}`);
    }
  });

  /* ---- Un envoi à la fois (le serveur reste seul juge) ---- */
  function liberer(formulaire) {
    delete formulaire.dataset.basParti;
    $$("[aria-disabled]", formulaire).forEach((bouton) => bouton.removeAttribute("aria-disabled"));
  }
  on("submit", (event) => {
    const formulaire = event.target;
    if (event.defaultPrevented || formulaire.method !== "post") return;
    if (formulaire.dataset.basParti) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    formulaire.dataset.basParti = "1";
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
    if (!formulaire.matches("[hx-post]")) attendre();
    window.setTimeout(() => { liberer(formulaire); cesser(); }, 8000); // a download never leaves the page
  }, true);
  window.addEventListener("pageshow", () => { $$("form[data-bas-parti]").forEach(liberer); cesser(); });

  /* ---- Mince barre en haut, au-delà de 300 ms ---- */
  const barre = Object.assign(document.createElement("div"), { className: "barre-attente" });
  let minuterie = 0;
  let enCours = 0;
  function attendre() {
    enCours += 1;
    window.clearTimeout(minuterie);
    minuterie = window.setTimeout(() => document.body.append(barre), 300);
  }
  function cesser() {
    enCours = 0;
    window.clearTimeout(minuterie);
    barre.remove();
  }

  /* ---- htmx : attente, erreurs, sondage ---- */
  const sonde = (event) => event.detail.elt?.closest("[data-bas-sondage], .progression");
  on("htmx:beforeRequest", (event) => {
    if (!sonde(event)) attendre();
    else if (document.hidden) event.preventDefault();
  });
  on("htmx:afterRequest", (event) => {
    const formulaire = event.detail.elt?.closest("form");
    if (formulaire) liberer(formulaire);
    if (!sonde(event)) { enCours -= 1; if (enCours <= 0) cesser(); return; }
    const panne = $(".bande-panne");
    if (panne) panne.hidden = Boolean(event.detail.xhr.status) && event.detail.xhr.status < 500;
  });
  const MESSAGES = {
    0: "Le serveur ne répond pas. Votre saisie est toujours dans la page : réessayez dans un instant.",
    403: "Cette action ne vous est pas permise. Rechargez la page si votre session a changé.",
    404: "Cet élément n'existe plus. Rechargez la page pour voir l'état actuel.",
    413: "Ce fichier est trop lourd.",
    429: "Trop de demandes à la suite. Patientez quelques secondes.",
  };
  function signaler(event) {
    if (sonde(event)) return;
    const code = event.detail.xhr?.status || 0;
    toast(MESSAGES[code] || `La demande n'a pas abouti (erreur ${code}). Réessayez ; si cela persiste, prévenez votre formateur.`);
  }
  on("htmx:responseError", signaler);
  on("htmx:sendError", signaler);
  on("htmx:timeout", signaler);

  /* ---- Changements venus d'ailleurs : surbrillance discrète, annonce, jamais sous les doigts ---- */
  const avant = new WeakMap();
  let differe = false;
  const empreintes = (zone) => new Map($$("[data-bas-cle]", zone).map((e) => [e.dataset.basCle, e.textContent.replace(/depuis [^·<]*|\s+/g, " ")]));
  const duMonde = (event) => {
    const demande = event.detail.requestConfig;
    return demande?.triggeringEvent?.type === "monde-change" || demande?.elt?.matches("[data-bas-vivant]");
  };
  on("htmx:beforeSwap", (event) => {
    const zone = event.detail.target;
    if (!duMonde(event) || !zone) return;
    const actif = document.activeElement;
    const occupe = zone.contains(actif) && actif.matches("input:not([type=checkbox]), textarea, select");
    if (occupe || $("details.menu[open], input[data-bas-choix]:checked", zone)) {
      event.detail.shouldSwap = false;
      if (!differe) annoncer("La liste a changé entre-temps ; elle se mettra à jour quand vous aurez fini.");
      differe = true;
      return;
    }
    differe = false;
    avant.set(document.body, empreintes(zone));
  });
  on("htmx:afterSettle", (event) => {
    const anciens = duMonde(event) && avant.get(document.body);
    if (!anciens) return;
    avant.delete(document.body);
    const zone = document.getElementById(event.detail.target?.id) || event.detail.elt;
    const nouveaux = [...empreintes(zone)].filter(([cle, texte]) => anciens.get(cle) !== texte);
    nouveaux.forEach(([cle]) => $(`[data-bas-cle="${CSS.escape(cle)}"]`, zone).classList.add("change-recent"));
    if (nouveaux.length) annoncer(nouveaux.length === 1 ? "Une ligne a changé" : `${nouveaux.length} lignes ont changé`);
  });
  const reprendre = () => window.setTimeout(() => { if (differe) window.htmx.trigger(document.body, "monde-change"); }, 300);
  on("focusout", reprendre);
  on("change", reprendre);
  on("monde-change", () => $$("[data-bas-perime][hidden]").forEach((avis) => { avis.hidden = false; }));

  /* ---- Le regard et le clavier vont où il faut ---- */
  const viser = (racine) => { const cible = $("[data-bas-focus]", racine); if (cible) cible.focus(); return cible; };
  on("htmx:afterSettle", (event) => {
    const zone = event.detail.target?.isConnected ? event.detail.target : document.getElementById(event.detail.target?.id);
    if (!zone || sonde(event)) return;
    preparer(zone);
    if (duMonde(event) || viser(zone) || document.activeElement !== document.body) return;
    zone.setAttribute("tabindex", "-1");
    zone.focus({ preventScroll: true });
  });

  /* ---- Dialogue de confirmation : la même page, ouverte par-dessus ---- */
  let ouvreur = null;
  // Disabled while its request ran, or swapped since: the browser cannot give the opener its focus back by itself.
  on("close", (event) => {
    const actif = document.activeElement;
    if (event.target.id !== "dialogue" || !ouvreur || (actif !== document.body && !event.target.contains(actif))) return;
    const jumeau = ouvreur.isConnected ? ouvreur : ouvreur.name && $(`[name="${CSS.escape(ouvreur.name)}"][value="${CSS.escape(ouvreur.value)}"]`);
    if (jumeau) jumeau.focus();
  }, true);
  on("htmx:afterSwap", (event) => {
    if (event.detail.target?.id !== "dialogue-contenu") return;
    const dialogue = $("#dialogue");
    const titre = $("h1", dialogue);
    if (titre) dialogue.setAttribute("aria-label", titre.textContent.trim());
    const demande = event.detail.requestConfig;
    const origine = demande?.triggeringEvent?.submitter || demande?.elt;
    if (origine && !dialogue.contains(origine)) ouvreur = origine;
    if (!dialogue.open) dialogue.showModal();
    ($("[autofocus]", dialogue) || $("[data-bas-fermer]", dialogue) || $("button", dialogue))?.focus();
  });
  on("click", (event) => {
    const dialogue = event.target.closest("dialog");
    if (dialogue && (event.target === dialogue || event.target.closest("[data-bas-fermer]"))) { event.preventDefault(); dialogue.close(); }
    const bouton = event.target.closest("[data-bas-ouvrir]");
    if (bouton) { const cible = $(bouton.dataset.basOuvrir); if (cible?.showModal) { event.preventDefault(); cible.showModal(); } }
  });

  /* ---- Menus : Échap et clic au-dehors ---- */
  on("click", (event) => $$("details[data-bas-menu][open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; }));
  on("keydown", (event) => {
    if (event.key !== "Escape") return;
    $$("details[data-bas-menu][open]").forEach((menu) => { menu.open = false; $("summary", menu).focus(); });
  });

  /* ---- Enregistrement automatique : form[data-bas-autosave="/url"], état dans [data-bas-autosave-etat] ---- */
  const delais = new WeakMap();
  const PATIENCE = 5000;
  let aReprendre = null; // form whose last automatic save did not reach the server: what it holds is only in the page
  function programmer(formulaire, attente) {
    window.clearTimeout(delais.get(formulaire));
    delais.set(formulaire, window.setTimeout(() => { if (formulaire.isConnected && !formulaire.dataset.basParti) enregistrer(formulaire); }, attente));
  }
  on("submit", () => { aReprendre = null; });
  window.addEventListener("online", () => { if (aReprendre) programmer(aReprendre, 0); });
  window.addEventListener("beforeunload", (event) => { if (aReprendre?.isConnected) event.preventDefault(); });
  async function enregistrer(formulaire) {
    const etat = $("[data-bas-autosave-etat]", formulaire) || $("[data-bas-autosave-etat]");
    const donnees = new FormData(formulaire);
    [...donnees].forEach(([nom, valeur]) => { if (valeur instanceof File) donnees.delete(nom); });
    try {
      const reponse = await fetch(formulaire.dataset.basAutosave, { method: "POST", body: donnees, headers: { "X-Bas-Autosave": "1" }, redirect: "error" });
      if (reponse.status >= 500) throw new Error(reponse.statusText);
      const texte = (await reponse.text()).trim();
      aReprendre = null;
      const adresse = reponse.ok && reponse.headers.get("X-Bas-Adresse"); // a draft just born: reloading finds it
      if (adresse) window.history.replaceState(null, "", adresse);
      if (etat) etat.textContent = reponse.ok && texte.length < 200 ? texte : "Enregistrement automatique suspendu ; votre saisie reste dans la page.";
    } catch {
      aReprendre = formulaire;
      programmer(formulaire, PATIENCE);
      if (etat) etat.textContent = "Non enregistré : le serveur ne répond pas. Nouvelle tentative dans quelques secondes ; votre saisie reste dans la page.";
    }
  }
  on("input", (event) => {
    const formulaire = event.target.form;
    if (!formulaire?.dataset.basAutosave) return;
    programmer(formulaire, 1500);
  });

  // An explicit save carries everything: the automatic one that was waiting has nothing left to say.
  on("htmx:beforeRequest", (event) => {
    const formulaire = event.detail.elt?.form || event.detail.elt?.closest?.("form");
    if (formulaire && event.detail.requestConfig?.verb === "post") window.clearTimeout(delais.get(formulaire));
  });

  /* ---- Lignes choisies : barre d'actions ---- */
  function compter(tableau) {
    const cases = $$("input[data-bas-choix]", tableau);
    const choisies = cases.filter((c) => c.checked).length;
    const tout = $("input[data-bas-tout]", tableau);
    if (tout) { tout.checked = choisies > 0 && choisies === cases.length; tout.indeterminate = choisies > 0 && choisies < cases.length; }
    const barreActions = $(tableau.dataset.basSelection);
    if (!barreActions) return;
    barreActions.hidden = !choisies;
    const compte = $("[data-bas-compte]", barreActions);
    if (compte) compte.textContent = choisies > 1 ? `${choisies} lignes choisies` : "1 ligne choisie";
  }
  on("change", (event) => {
    const tableau = event.target.closest("[data-bas-selection]");
    if (!tableau) return;
    if (event.target.matches("[data-bas-tout]")) $$("input[data-bas-choix]", tableau).forEach((c) => { c.checked = event.target.checked; });
    compter(tableau);
  });

  /* ---- Longueur d'un texte : [data-bas-limite="255"], écrite dans [data-bas-reste="id du champ"] ---- */
  function mesurer(champ) {
    const etat = $(`[data-bas-reste="${CSS.escape(champ.id)}"]`);
    if (!etat) return;
    const [longueur, limite] = [champ.value.trim().length, Number(champ.dataset.basLimite)];
    etat.hidden = false;
    etat.textContent = `${longueur} / ${limite} caractères`;
    etat.classList.toggle("depasse", longueur > limite);
  }
  on("input", (event) => { if (event.target.matches("[data-bas-limite]")) mesurer(event.target); });

  /* ---- Zone de dépôt ---- */
  const poids = (octets) => (octets < 1e6 ? `${Math.max(1, Math.round(octets / 1000))} Ko` : `${(octets / 1048576).toFixed(1).replace(".", ",")} Mo`);
  function lister(zone) {
    const champ = $("input[type=file]", zone);
    const lignes = [...champ.files].map((f) => ({ textContent: `${f.name} – ${poids(f.size)}` }));
    if (!lignes.length) lignes.push({ textContent: "Aucun fichier choisi", className: "zone-depot-rien" });
    $(".zone-depot-liste", zone).replaceChildren(...lignes.map((ligne) => Object.assign(document.createElement("li"), ligne)));
  }
  on("change", (event) => { const zone = event.target.closest("[data-bas-depot]"); if (zone) lister(zone); });
  ["dragover", "dragleave", "drop"].forEach((nom) => on(nom, (event) => {
    const zone = event.target.closest?.("[data-bas-depot]");
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle("survol", nom === "dragover");
    if (nom !== "drop" || !event.dataTransfer.files.length) return;
    const champ = $("input[type=file]", zone);
    const recus = new DataTransfer();
    [...event.dataTransfer.files].slice(0, champ.multiple ? undefined : 1).forEach((f) => recus.items.add(f));
    champ.files = recus.files;
    champ.dispatchEvent(new Event("change", { bubbles: true }));
  }));

  /* ---- Date : calendrier du navigateur ---- */
  on("click", (event) => {
    const bouton = event.target.closest(".champ-date-bouton");
    if (!bouton) return;
    const natif = $(".champ-date-natif", bouton.parentElement);
    const [, j, m, a] = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})$/.exec($("input", bouton.parentElement).value.trim()) || [];
    natif.value = a ? `${a}-${m.padStart(2, "0")}-${j.padStart(2, "0")}` : "";
    natif.showPicker();
  });
  on("change", (event) => {
    if (!event.target.matches(".champ-date-natif") || !event.target.value) return;
    const champ = $("input", event.target.parentElement);
    champ.value = event.target.value.split("-").reverse().join("/");
    champ.dispatchEvent(new Event("input", { bubbles: true }));
    champ.focus();
  });

  /* ---- Espaces fines insécables : aucun « : », « ? » ou « » » seul en début de ligne ---- */
  const HORS_TEXTE = "script, style, textarea, select, code, pre, svg, [contenteditable]";
  function typographier(racine) {
    const textes = document.createTreeWalker(racine, NodeFilter.SHOW_TEXT);
    while (textes.nextNode()) {
      const texte = textes.currentNode;
      const juste = texte.data.replace(/\s+(?=[:;?!»%€])/g, "\u202f").replace(/«\s+/g, "«\u202f");
      if (juste !== texte.data && !texte.parentElement.closest(HORS_TEXTE)) texte.data = juste;
    }
  }

  /* ---- Au chargement, puis dans chaque région remplacée ---- */
  function preparer(racine) {
    $$("[data-bas-copier][hidden]", racine).forEach((b) => { b.hidden = false; });
    if (HTMLInputElement.prototype.showPicker) $$("[data-bas-date] [hidden]", racine).forEach((e) => { e.hidden = false; });
    $$("[data-bas-selection]", racine).forEach(compter);
    $$("[data-bas-depot]", racine).forEach(lister);
    $$("[data-bas-limite]", racine).forEach(mesurer);
    typographier(racine === document ? document.body : racine);
    $$("details[data-bas-souvenir]", racine).forEach((volet) => {
      const cle = `bas:${volet.dataset.basSouvenir}`;
      const memoire = window.localStorage.getItem(cle);
      volet.open = memoire === null ? volet.open && window.innerWidth >= 992 : memoire === "1";
      volet.addEventListener("toggle", () => window.localStorage.setItem(cle, volet.open ? "1" : "0"));
    });
    $$("[data-bas-defile] [aria-current]", racine).forEach((lien) => lien.scrollIntoView({ block: "nearest", inline: "center" }));
  }
  on("DOMContentLoaded", () => { document.documentElement.classList.add("avec-script"); preparer(document); viser(document); });
})();
