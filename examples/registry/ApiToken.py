import pulumi
import pulumi_jenkins as jenkins

token = jenkins.ApiToken("ci", expires_in_days=90, renew_before_days=14)

pulumi.export("userId", token.user_id)
pulumi.export("tokenValue", token.token_value)
