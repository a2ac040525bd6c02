"""Names of the Platform Notification Service 1.0."""

NOTICE_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
COPY_NOTICE, HELLO_NOTICE = "LtiContextCopyNotice", "LtiHelloWorldNotice"
