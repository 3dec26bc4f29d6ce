SwaggerUIBundle({
  url: "/openapi.yaml",
  dom_id: "#swagger-ui",
  deepLinking: true,
  // It would ask a validator on the Internet.
  validatorUrl: null,
  // A click must not write to a drive.
  supportedSubmitMethods: ["get", "head", "options"],
});
