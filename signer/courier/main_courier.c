/* mohur-courier: started by mohur; the only program with outbound sockets. */
#include "signer/courier/courier.h"

int
main(void)
{
    return sg_courier_main();
}
