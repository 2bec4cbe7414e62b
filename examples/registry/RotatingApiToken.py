import pulumi
import pulumi_jenkins as jenkins

token = jenkins.RotatingApiToken("nightly", rotate_every_days=30, expires_in_days=75)

pulumi.export("userId", token.user_id)
pulumi.export("tokenValue", token.current.token_value)
