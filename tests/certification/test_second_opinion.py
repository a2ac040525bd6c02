"""A launch whose message comes from an independent library, lti1p3platform."""

from typing import Any

from cryptography.hazmat.primitives import serialization
from lti1p3platform.message_launch import LTIAdvantageMessageLaunchAbstract
from lti1p3platform.registration import Registration


class Launch(LTIAdvantageMessageLaunchAbstract):
    """The library's launch, with the authentication request that we sent as its preflight."""

    def get_preflight_response(self) -> dict[str, Any]:
        return self.preflight  # type: ignore[attr-defined, no-any-return]

    def render_launch_form(self, launch_data: Any, **_: Any) -> Any:
        return launch_data


def test_launch_made_by_lti1p3platform(desk: Any) -> None:
    """R-FLOW-1, R-JWT-1, R-CLAIM-9: the other implementation's launch enters, its replay does not."""
    pem = desk.key.private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    registration = Registration().set_iss(desk.ISSUER).set_client_id(desk.CLIENT)
    registration.set_deployment_id(desk.DEPLOYMENT).set_launch_url(f"{desk.TOOL}/lti/launch?module={desk.MODULE}")
    registration._platform_private_key = pem
    registration.set_platform_public_key(
        desk.key.private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )
    desk.server.publish(*registration.get_jwks())

    begun = desk.login()
    made = Launch.__new__(Launch)
    Launch.__init__(made, None, None)
    made.preflight = begun.query  # type: ignore[attr-defined]
    made._registration = registration
    made.set_user_data("person-9", [desk.INSTRUCTOR], full_name="Fatima Yıldız")
    made.set_resource_link_claim("link-9", title="Cobots")
    made.set_launch_context_claim("course-9", ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"])
    made.set_ags(f"{desk.ISSUER}/lineitems", f"{desk.ISSUER}/lineitems/1")
    made.validate_preflight_response(begun.query)
    form = made.generate_launch_request()

    launched = desk.post(form["state"], form["id_token"])
    assert launched.status_code == 303, launched.text
    page = desk.open(launched.location)
    assert 'data-role="teacher"' in page.text
    assert "Fatima" in page.text
    other = desk.login()
    desk.must_refuse(desk.post(other.state, form["id_token"]), 401, "token-nonce")
