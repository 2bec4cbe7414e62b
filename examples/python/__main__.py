import pulumi
import pulumi_jenkins as jenkins

rotated = pulumi.Config().get("rotated") or "2026-11"

token = jenkins.ApiToken("ci", triggers={"rotated": rotated})

pulumi.export("userId", token.user_id)
pulumi.export("tokenName", token.token_name)
pulumi.export("tokenValue", token.token_value)
