// What only the browser can do: take what is dropped, send it, and keep two players together.
const vfi = {
  // Files that are dropped anywhere go to the fields that are shown, in their order.
  drop(event) {
    event.preventDefault();
    const inputs = [...document.querySelectorAll(".drop input")].filter((e) => e.offsetParent);
    const own = event.target.closest?.(".drop")?.querySelector("input");
    const things = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const places = own && things.length === 1 ? [own] : inputs;
    if (!things.length || !places.length) return;
    const folder = things.map((item) => item.webkitGetAsEntry()).find((e) => e?.isDirectory);
    const files = things.map((item) => item.getAsFile());
    if (folder) vfi.refuse(places[0], `${folder.name} is a folder: choose it with Browse…, it is read where it lies`);
    else if (files.length > places.length) vfi.refuse(places[0], `these are ${files.length} files; ` +
        (places.length > 1 ? "two pictures are wanted" : "one video is wanted, or a folder: choose it with Browse…"));
    else files.forEach((file, number) => vfi.put(places[number], file));
  },
  put(input, file) {
    const list = new DataTransfer();
    if (file) list.items.add(file);
    input.files = list.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  },
  refuse(input, why) {
    input.refused = why;
    vfi.put(input);
  },
  upload(input) {
    const file = input.files[0], said = input.nextElementSibling, error = input.refused;
    delete input.refused;
    if (!file) return Promise.resolve(error ? { error } : {});
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      const ended = () => {
        said.textContent = "";
        input.value = "";
        try { done(JSON.parse(request.responseText)); }
        catch { done({ error: request.responseText.trim() || "the connection is lost" }); }
      };
      request.upload.onprogress = (e) => {
        said.textContent = ` ${Math.round((100 * e.loaded) / e.total)} %`;
      };
      request.onload = request.onerror = request.onabort = ended;
      request.open("PUT", "/upload/" + encodeURIComponent(file.name));
      request.send(file);
    });
  },
  // Whom the user moves leads; what the other one does then is no command in its turn, or each would
  // seek after the other for ever where seeking takes longer than what they may differ by.
  follow(first, second) {
    const [one, two] = [first, second].map((id) => document.getElementById(id));
    const ratio = () => (one.duration && two.duration ? two.duration / one.duration : 1);
    const pairs = [[one, two, ratio], [two, one, () => 1 / ratio()]];
    two.muted = true;
    for (const [from, to, scale] of pairs) {
      const align = () => {
        const wanted = from.currentTime * scale();
        if (Math.abs(to.currentTime - wanted) <= 0.05) return;
        to.led = true;
        to.currentTime = wanted;
      };
      from.addEventListener("play", () => { if (to.paused) { align(); to.play(); } });
      from.addEventListener("pause", () => { if (!to.paused) { to.pause(); align(); } });
      from.addEventListener("seeked", () => { if (from.led) from.led = false; else align(); });
    }
  },
};
window.addEventListener("dragover", (event) => event.preventDefault());
window.addEventListener("drop", vfi.drop);
