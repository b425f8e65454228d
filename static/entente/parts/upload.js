// A file that is too large is said to be so before it is sent.

export function startUpload() {
  document.querySelectorAll("form[data-upload] input[type=file]").forEach((input) => {
    const form = input.form;
    const check = () => {
      const large = [...input.files].some((file) => file.size > Number(input.dataset.mostBytes));
      input.setCustomValidity(large ? input.dataset.tooLarge : "");
      return !large;
    };
    input.addEventListener("change", () => { if (!check()) input.reportValidity(); });
    form.addEventListener("submit", (event) => { if (!check()) { event.preventDefault(); input.reportValidity(); } });
  });
}
