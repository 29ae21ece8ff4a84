BALANCE = "SELECT cents FROM account WHERE id = %s"
BALANCE_LOCKED = "SELECT cents FROM account WHERE id = %s FOR UPDATE"
TAKE = "UPDATE account SET cents = cents - %s WHERE id = %s"
